/** Takes out of the journal what plans are made from, for a table that is no more; what runs did stays. */
import type { Dialect, Session } from '../engines/contract.js';
import { type JournalTable, positionTable, tableStateTable, testFailureTable, watermarkTable } from './tables.js';

/** The state goes last: as long as it is there the table counts as one of ours. */
const places: readonly (readonly [JournalTable, string])[] = [
  [testFailureTable, 'step'],
  [watermarkTable, 'source_table'],
  [positionTable, 'model'],
  [positionTable, 'upstream'],
  [tableStateTable, 'table_name'],
];

export async function forgetTable(session: Session, dialect: Dialect, table: string): Promise<void> {
  for (const [{ name }, column] of places) {
    await session.execute(`delete from ${dialect.identifier(name)} where ${dialect.identifier(column)} = ?`, [table]);
  }
}
