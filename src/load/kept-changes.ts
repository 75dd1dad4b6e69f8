/** Which rows a run has changed in a table, kept in scratch tables for the data tests at the end of its transaction. */
import type { Dialect, Session } from '../engines/contract.js';
import { quoted } from './sql.js';

/** Where the changes of one table are to be kept. */
export interface KeptChanges {
  /** Name of the scratch table of the rows that were inserted or updated, as they are now. */
  readonly rows: string;
  /** Columns that `rows` has; where there are none, it is not made. */
  readonly columns: readonly string[];
  /** Name of the scratch table of the keys that were removed; made where there are any. */
  readonly removed: string;
  /** Called once they are kept. */
  readonly onKept: () => void;
}

/** Of more changed rows than this, nothing is kept: looking at the whole table costs little more then. */
export const maxKeptRows = 100_000;

/** @param upserts quoted relation of the rows that were written to `target`, a physical name */
export async function keepRows(
  session: Session,
  dialect: Dialect,
  { rows, columns }: KeptChanges,
  target: string,
  upserts: string,
): Promise<void> {
  if (columns.length === 0) return;
  const list = quoted(dialect, columns);
  // Made of the table itself, so that values are converted and compared as they are in it.
  const empty = `select ${list} from ${dialect.identifier(target)} where 1 = 0`;
  for (const statement of dialect.createScratchTableAs(rows, empty)) await session.execute(statement);
  await session.execute(`insert into ${dialect.scratchTable(rows)} (${list}) select ${list} from ${upserts} n`);
}
