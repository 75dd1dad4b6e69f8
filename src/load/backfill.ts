/** A column that is new in the source: the rows that were not read again get its values from the backfill. */
import type { Dialect, Session } from '../engines/contract.js';
import { onKeys, quoted } from './sql.js';
import { backfillTableOf } from './work-tables.js';

export interface BackfillRequest {
  /** Physical name of the staging table. */
  readonly staging: string;
  /** Name of the source's work table. */
  readonly workTable: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** The new columns. */
  readonly backfilled: readonly string[];
}

/**
 * A quoted relation of `rows` and, for every other row of staging, of that row with the new columns' values.
 * @param rows a quoted relation of what was read, unique by key
 */
export async function withBackfill(
  session: Session,
  dialect: Dialect,
  rows: string,
  { staging, workTable, columns, key, backfilled }: BackfillRequest,
): Promise<string> {
  const columnOf = (column: string) => (backfilled.includes(column) ? 'b.' : 's.') + dialect.identifier(column);
  const filled = `select ${columns.map(columnOf).join(', ')} from ${dialect.identifier(staging)} s join ${dialect.workTable(backfillTableOf(workTable))} b on ${onKeys(dialect, 'b', key, 's', key)} where not exists (select 1 from ${dialect.workTable(workTable)} w where ${onKeys(dialect, 'w', key, 's', key)})`;
  const select = `select ${quoted(dialect, columns)} from ${rows} n union all ${filled}`;
  for (const statement of dialect.createScratchTableAs('filled', select)) await session.execute(statement);
  return dialect.scratchTable('filled');
}
