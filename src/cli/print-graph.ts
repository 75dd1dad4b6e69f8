/** Prints the graph of the chosen tables. */
import { downstreamsOf } from '../pipeline/choose.js';
import type { Project } from '../pipeline/types.js';
import { formatMermaid, formatTree, type GraphNode } from '../report/graph.js';
import { paintFor } from '../report/paint.js';
import { chosenTables } from './chosen-tables.js';
import { printData, printJson } from './common.js';
import type { ListArguments } from './list.js';
import { withProject } from './with-project.js';

export function printGraph(flags: ListArguments): Promise<void> {
  return withProject(flags, async ({ config, project }) => {
    const nodes = (await chosenTables(flags, config, project)).flatMap((table) => nodeOf(project, table));
    if (flags.json) printJson(nodes);
    else printData(flags.mermaid ? formatMermaid(nodes) : formatTree(nodes, paintFor(process.stdout)));
  });
}

function nodeOf(project: Project, table: string): readonly GraphNode[] {
  const step = project.sources.get(table) ?? project.models.get(table)?.model;
  if (step === undefined) return [];
  const { kind, pipeline, tags, description } = step;
  return [
    {
      table,
      kind,
      strategy: step.kind === 'model' ? step.strategy : 'source',
      pipeline,
      tags,
      description,
      upstreams: project.upstreams.get(table) ?? [],
      downstreams: downstreamsOf(project, table),
    },
  ];
}
