/** What a table's definition says beside the types of its columns. */
import type { TableDetails } from '../contract.js';
import { type Connection, runStatement } from './connect.js';
import { quoteName, quoteText } from './literals.js';

export async function readTableDetails(connection: Connection, table: string): Promise<TableDetails> {
  const { rows: columns } = await runStatement(connection, `SHOW FULL COLUMNS FROM ${quoteName(table)}`);
  const { rows: index } = await runStatement(
    connection,
    `SHOW INDEX FROM ${quoteName(table)} WHERE Key_name = 'PRIMARY'`,
  );
  const { rows: said } = await runStatement(
    connection,
    `SELECT table_comment AS comment FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_name = ${quoteText(table)} AND table_type = 'BASE TABLE'`,
  );
  return {
    primaryKey: index
      .toSorted((left, right) => Number(left.Seq_in_index) - Number(right.Seq_in_index))
      .map((row) => String(row.Column_name)),
    comment: String(said[0]?.comment ?? ''),
    columnComments: new Map(
      columns.flatMap((row) => (row.Comment ? [[String(row.Field), String(row.Comment)] as const] : [])),
    ),
  };
}
