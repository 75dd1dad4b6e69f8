/** When a table last changed, as a consumer sees it; views change when what they read does. */
import { deletedAt } from '../deleted-at.js';
import type { LoggedColumns } from '../load/change-log.js';
import type { CompiledModel, Project, Source } from '../pipeline/types.js';
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

/** The tables whose changes a model follows one by one: by `delta`, `affects`, or the `from` of its partitions. */
export function followedTables({ model, deltas }: CompiledModel): readonly string[] {
  return [...new Set([...deltas, ...Object.keys(model.affects), ...Object.keys(model.partition?.from ?? {})])];
}

/** Models that follow a table's changes. */
export function followersOf(table: string, project: Project): readonly string[] {
  return [...project.models.values()]
    .filter((compiled) => followedTables(compiled).includes(table))
    .map(({ model }) => model.table);
}

/** Tables whose changes are logged. */
export function loggedTables(project: Project): ReadonlyMap<string, LoggedColumns> {
  const logged = new Map<string, LoggedColumns>();
  for (const compiled of project.models.values()) {
    for (const table of followedTables(compiled)) {
      const { values = [], heeded = [] } = logged.get(table) ?? {};
      const added = [...partitionValues(compiled, table), ...deletionFlag(compiled, project.sources.get(table))];
      logged.set(table, {
        values: [...new Set([...values, ...added])],
        heeded: [...new Set([...heeded, ...(heededColumns(compiled, table) ?? [])])],
      });
    }
  }
  return logged;
}

/**
 * The columns of a followed table that concern a model, in small letters: an update that changed none of them passes it by.
 * Undefined where all do. Other strategies than these must see each change: an append refuses it, a history is made of it.
 */
export function heededColumns(compiled: CompiledModel, table: string): readonly string[] | undefined {
  const { model, deltas, columnsRead } = compiled;
  const read = columnsRead[table];
  if (read === undefined || (model.strategy !== 'merge' && model.strategy !== 'partition')) return undefined;
  const concerned = deltas.includes(table) ? Object.values(model.affects).flat() : [];
  const mapped = [...concerned, ...partitionValues(compiled, table)].map((column) => column.toLowerCase());
  return [...new Set([...read, ...mapped])];
}

function partitionValues({ model }: CompiledModel, table: string): readonly string[] {
  const mapping = model.partition?.from[table];
  if (mapping === undefined) return [];
  return 'column' in mapping ? [mapping.column] : mapping.on;
}

/** A history that erases must see that a row was deleted, also where it has come back since. */
function deletionFlag({ model }: CompiledModel, source: Source | undefined): readonly string[] {
  return source?.deletedRows === 'keep' && (model.erase ?? []).length > 0 ? [deletedAt] : [];
}
