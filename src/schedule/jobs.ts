/** What a schedule runs: the pipelines that share a timing. */
import type { Timing } from '../config/types.js';
import type { Pipeline } from '../pipeline/types.js';

export interface Job {
  /** Pipelines to run; empty for all. */
  readonly pipelines: readonly string[];
  readonly timing: Timing;
}

/** One job a timing: pipelines without a timing of their own take the default one. */
export function jobsOf(pipelines: readonly Pipeline[], defaultTiming: Timing): readonly Job[] {
  if (pipelines.every(({ timing }) => timing === undefined)) return [{ pipelines: [], timing: defaultTiming }];
  const jobs = new Map<string, Job>();
  for (const pipeline of pipelines) {
    const timing = pipeline.timing ?? defaultTiming;
    const name = JSON.stringify(timing);
    jobs.set(name, { timing, pipelines: [...(jobs.get(name)?.pipelines ?? []), pipeline.name] });
  }
  return [...jobs.values()];
}

/** The pipelines of jobs that are due together; empty where one of them asks for all. */
export function pipelinesOf(jobs: readonly Job[]): readonly string[] {
  if (jobs.some(({ pipelines }) => pipelines.length === 0)) return [];
  return [...new Set(jobs.flatMap(({ pipelines }) => pipelines))];
}

/** `all pipelines`, `facts, metrics` */
export function formatPipelines(pipelines: readonly string[]): string {
  return pipelines.length === 0 ? 'all pipelines' : pipelines.join(', ');
}
