/** What the warehouse's own catalog says of published tables and views. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { RelationKind } from '../contract.js';
import { type Column, goneMark } from '../types.js';
import { commentedType } from './types.js';

const where = `where database_name = current_database() and schema_name = 'main'`;

/** The names of all tables and views. */
export async function relationNames(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
  const names = await read(
    connection,
    `select table_name from duckdb_tables() ${where} union all select view_name from duckdb_views() ${where}`,
  );
  return new Set(names.map(([name]) => String(name)));
}

/** The columns of a table or view, or undefined where there is none; of a view over something that is gone, no columns. */
export async function findRelation(
  connection: DuckDBConnection,
  name: string,
): Promise<{ readonly kind: RelationKind; readonly columns: readonly Column[] } | undefined> {
  const kinds = await read(
    connection,
    `select 'table' from duckdb_tables() ${where} and table_name = $1
     union all select 'view' from duckdb_views() ${where} and view_name = $1`,
    name,
  );
  const kind = kinds[0]?.[0];
  if (kind !== 'table' && kind !== 'view') return undefined;
  const columns = await read(
    connection,
    `select column_name, data_type, is_nullable, comment from duckdb_columns() ${where} and table_name = $1 order by column_index`,
    name,
  );
  return { kind, columns: columns.map(toColumn) };
}

function toColumn([name, type, nullable, said]: readonly unknown[]): Column {
  const comment = typeof said === 'string' ? said : '';
  return {
    name: String(name),
    type: commentedType(String(type), comment),
    nullable: nullable === true,
    ...(comment.endsWith(goneMark) ? { isGone: true } : {}),
  };
}

async function read(
  connection: DuckDBConnection,
  sql: string,
  ...parameters: readonly string[]
): Promise<readonly (readonly unknown[])[]> {
  return (await connection.runAndReadAll(sql, [...parameters])).getRowsJS();
}
