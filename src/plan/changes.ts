/** When a table last changed, as a consumer sees it; views change when what they read does. */
import type { Project } from '../pipeline/types.js';
import type { TableState } from './types.js';

export interface Change {
  /** Batch in which the content last changed. */
  readonly changedBatch: number;
  /** Batch in which it was last made whole. */
  readonly rebuiltBatch: number;
  /** The change log holds every change from this batch on. */
  readonly logSince: number | undefined;
}

/** The change of a table, through views down to stored tables; undefined where it was never built. */
export function changeOf(table: string, project: Project, states: ReadonlyMap<string, TableState>): Change | undefined {
  const own = states.get(table);
  if (own === undefined) return undefined;
  if (project.models.get(table)?.model.strategy !== 'view') return own;
  const upstreams = (project.upstreams.get(table) ?? []).flatMap((upstream) => {
    const change = changeOf(upstream, project, states);
    return change === undefined ? [] : [change];
  });
  return {
    changedBatch: Math.max(own.changedBatch, ...upstreams.map((change) => change.changedBatch)),
    rebuiltBatch: Math.max(own.rebuiltBatch, ...upstreams.map((change) => change.rebuiltBatch)),
    logSince: undefined,
  };
}

/** Tables whose changes are logged: those that some model reads by `delta` or names in `affects`. */
export function loggedTables(project: Project): ReadonlySet<string> {
  const logged = new Set<string>();
  for (const { model, deltas } of project.models.values()) {
    for (const table of [...deltas, ...Object.keys(model.affects)]) logged.add(table);
  }
  return logged;
}
