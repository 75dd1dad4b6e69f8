/** Inserts rows into a journal table: one statement for all of them. */
import type { Dialect, Session } from '../engines/contract.js';
import type { Parameter } from '../engines/types.js';
import type { JournalTable } from './tables.js';

/** A row by column name; a column that is left out is NULL. */
export type JournalRow = Readonly<Record<string, Parameter | undefined>>;

/** MySQL allows 65,535 parameters in a statement. */
const maxParameters = 60_000;

export async function insertRows(
  session: Session,
  dialect: Dialect,
  table: JournalTable,
  rows: readonly JournalRow[],
): Promise<void> {
  const isUsed = (column: string) => rows.some((row) => (row[column] ?? null) !== null);
  const columns = table.columns.map((column) => column.name).filter(isUsed);
  const rowsPerStatement = Math.floor(maxParameters / columns.length);
  const into = `insert into ${dialect.identifier(table.name)} (${columns.map(dialect.identifier).join(', ')}) values `;
  const placeholders = `(${columns.map(() => '?').join(', ')})`;
  for (let first = 0; first < rows.length; first += rowsPerStatement) {
    const part = rows.slice(first, first + rowsPerStatement);
    const parameters = part.flatMap((row) => columns.map((column) => row[column] ?? null));
    await session.execute(into + part.map(() => placeholders).join(', '), parameters);
  }
}
