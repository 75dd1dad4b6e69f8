/** Which steps a run takes. */
import { nearestHint } from '../config/nearest.js';
import { EtlError } from '../errors.js';
import { testedAgainst } from './tests-of.js';
import type { Project } from './types.js';

export interface StepSelection {
  /** Pipeline names; empty for all. */
  readonly pipelines: readonly string[];
  /** True: also the steps of other pipelines that these, or their tests, need. */
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
  // A set grows while it is walked: upstreams of upstreams are met in turn.
  if (withUpstreams) {
    for (const table of chosen) {
      for (const needed of project.upstreams.get(table) ?? []) chosen.add(needed);
      for (const needed of testedAgainst(project, table)) chosen.add(needed);
    }
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
