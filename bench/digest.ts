/** Row counts and checksums of the five tables, the same text for the same rows on either engine. */
import { DuckDBInstance } from '@duckdb/node-api';
import { type TableName, tableNames, tables } from '../src/demo/tables.js';
import type { Server } from './server.js';

interface Sums {
  /** Sum of the bytes of a text. */
  text(column: string): string;
  /** Sum of the microseconds since 1970. */
  moment(column: string): string;
}

const mysql: Sums = {
  text: (column) => `coalesce(sum(octet_length(${column})), 0)`,
  moment: (column) => `coalesce(sum(timestampdiff(microsecond, '1970-01-01', ${column})), 0)`,
};
const duckdb: Sums = {
  text: (column) => `coalesce(sum(strlen(${column})), 0)`,
  moment: (column) => `coalesce(sum(epoch_us(${column})), 0)`,
};

/** @param prefix of the tables' names, e.g. `chat.` */
export async function mysqlDigest(server: Server, prefix: string): Promise<string> {
  const lines: string[] = [];
  for (const table of tableNames) {
    const [row] = await server.query(select(table, `${prefix}${table}`, mysql));
    lines.push(`${table}: ${String(row?.digest)}`);
  }
  return lines.join('\n');
}

export async function duckdbDigest(path: string, prefix: string): Promise<string> {
  const lines = await queryDuckdb(
    path,
    tableNames.map((table) => select(table, `${prefix}${table}`, duckdb)),
  );
  return tableNames.map((table, index) => `${table}: ${lines[index]}`).join('\n');
}

/** The first value of each query. */
export async function queryDuckdb(path: string, queries: readonly string[]): Promise<readonly string[]> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  try {
    const connection = await instance.connect();
    const found: string[] = [];
    for (const sql of queries) found.push(String((await connection.runAndReadAll(sql)).getRows()[0]?.[0]));
    connection.closeSync();
    return found;
  } finally {
    instance.closeSync();
  }
}

function select(name: TableName, relation: string, { text, moment }: Sums): string {
  const sums = tables[name].columns.map((column) => {
    if (column.kind === 'text') return text(column.name);
    if (column.kind === 'timestamp') return moment(column.name);
    return column.kind === 'boolean'
      ? `sum(case when ${column.name} then 1 else 0 end)`
      : `coalesce(sum(${column.name}), 0)`;
  });
  const whole = ['count(*)', ...sums].map((sum) => `cast(cast(${sum} as decimal(38, 0)) as char(40))`);
  return `select concat_ws(' ', ${whole.map((sum) => `trim(${sum})`).join(', ')}) as digest from ${relation}`;
}
