/** Which steps a run takes. */
import { nearestHint } from '../config/nearest.js';
import { EtlError } from '../errors.js';
import { testedAgainst } from './tests-of.js';
import type { Project } from './types.js';

export interface StepSelection {
  /** Pipeline names; empty for all. */
  readonly pipelines: readonly string[];
  /** True: also the steps of other pipelines that these, or their tests, need; else of those the views alone. */
  readonly withUpstreams: boolean;
}

/** Table names in dependency order. Errors: USAGE where a pipeline is unknown. */
export function selectSteps(project: Project, { pipelines, withUpstreams }: StepSelection): readonly string[] {
  if (pipelines.length === 0) return project.order;
  const chosen = new Set<string>();
  for (const name of pipelines) {
    const pipeline = project.pipelines.find((candidate) => candidate.name === name);
    if (pipeline === undefined) throw unknownPipeline(name, project);
    for (const { table } of [...pipeline.sources, ...pipeline.models]) chosen.add(table);
  }
  // A view holds nothing: whoever reads it reads what this run makes of the tables under it.
  const isTaken = (table: string) => withUpstreams || project.models.get(table)?.model.strategy === 'view';
  // A set grows while it is walked: upstreams of upstreams are met in turn.
  for (const table of chosen) {
    const needed = [...(project.upstreams.get(table) ?? []), ...testedAgainst(project, table)];
    for (const other of needed.filter(isTaken)) chosen.add(other);
  }
  return project.order.filter((table) => chosen.has(table));
}

function unknownPipeline(name: string, project: Project): EtlError {
  const hint = nearestHint(
    name,
    project.pipelines.map((pipeline) => pipeline.name),
  );
  return new EtlError('USAGE', `no pipeline is called '${name}'`, { hint });
}
