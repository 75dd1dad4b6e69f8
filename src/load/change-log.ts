/**
 * The change log of a table: batch, operation and key of every row that changed, written in the same transaction. Deltas,
 * dirty partitions and the removal of rows come from it. Kept only for tables whose changes some model follows.
 */
import type { Dialect, Engine, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { Place } from '../errors.js';
import type { TableState } from '../plan/types.js';
import { afterColumn, beforeColumn, changedColumn, changeLogOf } from './sql.js';
import { prepareTarget, type Target } from './target.js';

const logColumns: readonly Column[] = [
  { name: 'batch', type: { kind: 'integer', bits: 64, unsigned: false }, nullable: false },
  { name: 'op', type: { kind: 'text', maxLength: 1 }, nullable: false },
];

/** What a log holds beside the keys. */
export interface LoggedColumns {
  /** Columns of the target whose values before and after a change are kept. */
  readonly values: readonly string[];
  /** Columns, in small letters, of which is noted whether an update changed them; those that the target has not are passed over. */
  readonly heeded: readonly string[];
}

/** As long as names can be on every database. */
const longestName = 64;

/** Makes the log of a target, or gives the one that is there; its key is (batch, key of the target). */
export async function prepareChangeLog(
  session: Session,
  engine: Engine,
  target: Target,
  { values, heeded }: LoggedColumns,
  where: Place,
): Promise<Target> {
  const name = changeLogOf(target.name);
  const column = (wanted: string) => target.columns.filter((found) => found.name === wanted);
  const wanted = [
    ...logColumns,
    ...target.key.flatMap(column),
    ...values.flatMap(column).flatMap(({ name: value, type }) => [
      { name: beforeColumn(value), type, nullable: true },
      { name: afterColumn(value), type, nullable: true },
    ]),
    ...notedColumns(target, heeded).map((column): Column => {
      return { name: changedColumn(column), type: { kind: 'boolean' }, nullable: true };
    }),
  ];
  const existing = await session.columns(name);
  // A column that nobody follows any more stays: dropping it would drop what others have not read yet.
  const kept = (existing?.columns ?? []).filter((old) => !wanted.some((it) => it.name === old.name) && old.nullable);
  return prepareTarget(session, engine, {
    name,
    columns: [...wanted, ...kept],
    key: ['batch', ...target.key],
    owned: true,
    onIncompatible: 'replace',
    where,
  });
}

function notedColumns({ columns, key }: Target, heeded: readonly string[]): readonly string[] {
  return columns
    .map(({ name }) => name)
    .filter((name) => heeded.includes(name.toLowerCase()) && !key.includes(name))
    .filter((name) => changedColumn(name).length <= longestName);
}

/** The columns of a target of which its log, as it is, notes whether an update changed them. */
export function notedIn(log: Pick<Target, 'columns'>, target: Pick<Target, 'columns'>): readonly string[] {
  const has = new Set(log.columns.map(({ name }) => name));
  return target.columns.map(({ name }) => name).filter((name) => has.has(changedColumn(name)));
}

export interface HeededRequest {
  /** Physical names. */
  readonly table: string;
  readonly log: string;
  /** Key of the table. */
  readonly key: readonly string[];
  /** In small letters. */
  readonly heeded: readonly string[];
}

/**
 * A condition over the log's rows that leaves out updates which changed none of the heeded columns; empty where it cannot
 * tell of all of them. Rows that say nothing, of logs of before or of histories, may have changed anything.
 */
export async function heededChanges(
  session: Session,
  dialect: Dialect,
  { table, log, key, heeded }: HeededRequest,
): Promise<string> {
  const [target, logged] = [await session.columns(table), await session.columns(log)];
  if (target === undefined || logged === undefined) return '';
  const noted = notedIn(logged, target);
  const wanted = target.columns
    .map(({ name }) => name)
    .filter((name) => heeded.includes(name.toLowerCase()) && !key.includes(name));
  if (wanted.some((name) => !noted.includes(name))) return '';
  const changed = wanted.map((name) => `${dialect.identifier(changedColumn(name))} is not false`);
  return ` and (${["op <> 'U'", ...changed].join(' or ')})`;
}

/** From which batch on the log is whole, after `batch` was applied to a table that is or is not `fresh`, with such a log. */
export function nextLogSince(
  state: TableState | undefined,
  batch: number,
  written: { readonly log: Target | undefined; readonly fresh: boolean },
): number | undefined {
  if (written.log === undefined) return undefined;
  if (written.fresh) return batch + 1;
  return written.log.fresh ? batch : (state?.logSince ?? batch);
}

/** Removes what every consumer has read: entries up to and including `batch`. */
export async function pruneChangeLog(session: Session, dialect: Dialect, log: string, batch: number): Promise<void> {
  await session.execute(`delete from ${dialect.identifier(log)} where batch <= ${batch}`);
}
