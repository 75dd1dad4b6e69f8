/** What a table's definition says beside the types of its columns. */
import type { Session, TableDetails } from '../contract.js';
import { dialect } from './dialect.js';

export async function readTableDetails(session: Pick<Session, 'query'>, table: string): Promise<TableDetails> {
  const isTable = `database_name = current_database() and schema_name = 'main' and table_name = ${dialect.literal(table)}`;
  const key = await session.query(
    `select unnest(constraint_column_names) as name from duckdb_constraints() where ${isTable} and constraint_type = 'PRIMARY KEY'`,
  );
  const said = await session.query(`select comment from duckdb_tables() where ${isTable} and comment is not null`);
  const columns = await session.query(
    `select column_name as name, comment from duckdb_columns() where ${isTable} and comment is not null`,
  );
  return {
    primaryKey: key.map(({ name }) => String(name)),
    comment: String(said[0]?.comment ?? ''),
    columnComments: new Map(columns.map(({ name, comment }) => [String(name), String(comment)])),
  };
}
