/**
 * The change log of a table: batch, operation and key of every row that changed, written in the same transaction. Deltas,
 * dirty partitions and the removal of rows come from it. Kept only for tables whose changes some model follows.
 */
import type { Dialect, Engine, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { Place } from '../errors.js';
import type { TableState } from '../plan/types.js';
import { afterColumn, beforeColumn, changeLogOf } from './sql.js';
import { prepareTarget, type Target } from './target.js';

const logColumns: readonly Column[] = [
  { name: 'batch', type: { kind: 'integer', bits: 64, unsigned: false }, nullable: false },
  { name: 'op', type: { kind: 'text', maxLength: 1 }, nullable: false },
];

/**
 * Makes the log of a target, or gives the one that is there; its key is (batch, key of the target).
 * @param values columns of the target whose values before and after a change are kept
 */
export async function prepareChangeLog(
  session: Session,
  engine: Engine,
  target: Target,
  values: readonly string[],
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
