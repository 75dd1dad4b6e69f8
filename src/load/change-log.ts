/**
 * The change log of a table: batch, operation and key of every row that changed, written in the same transaction.
 * Deltas, and the removal of rows, come from it. Kept only for tables that some model reads by `delta` or `affects`.
 */
import type { Dialect, Engine, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { Place } from '../errors.js';
import type { TableState } from '../plan/types.js';
import { changeLogOf } from './sql.js';
import { prepareTarget, type Target } from './target.js';

const logColumns: readonly Column[] = [
  { name: 'batch', type: { kind: 'integer', bits: 64, unsigned: false }, nullable: false },
  { name: 'op', type: { kind: 'text', maxLength: 1 }, nullable: false },
];

/** Makes the log of a target, or gives the one that is there; its key is (batch, key of the target). */
export async function prepareChangeLog(
  session: Session,
  engine: Engine,
  target: Target,
  where: Place,
): Promise<Target> {
  const keyColumns = target.key.flatMap((name) => target.columns.filter((column) => column.name === name));
  return prepareTarget(session, engine, {
    name: changeLogOf(target.name),
    columns: [...logColumns, ...keyColumns],
    key: ['batch', ...target.key],
    owned: true,
    onIncompatible: 'replace',
    where,
  });
}

/** From which batch on the log is whole, after `batch` was applied. */
export function nextLogSince(
  state: TableState | undefined,
  batch: number,
  written: { readonly logged: boolean; readonly fresh: boolean },
): number | undefined {
  if (!written.logged) return undefined;
  return written.fresh ? batch + 1 : (state?.logSince ?? batch);
}

/** Removes what every consumer has read: entries up to and including `batch`. */
export async function pruneChangeLog(session: Session, dialect: Dialect, log: string, batch: number): Promise<void> {
  await session.execute(`delete from ${dialect.identifier(log)} where batch <= ${batch}`);
}
