/** Row counts and checksums of the five tables, the same text for the same rows on either engine. */
import { DuckDBInstance } from '@duckdb/node-api';
import { type TableName, tableNames, tables } from '../src/demo/tables.js';
import type { Server } from './server.js';

/** How an engine computes a number of a value; `row` is a number that tells rows apart. */
interface Sums {
  /** Of a text and its row, by MD5. */
  text(column: string, row: string): string;
  /** Microseconds since 1970. */
  moment(column: string): string;
}

const mysql: Sums = {
  text: (column, row) =>
    `bit_xor(cast(conv(left(md5(concat(${row}, ':', coalesce(${column}, '-'))), 15), 16, 10) as unsigned))`,
  moment: (column) => `timestampdiff(microsecond, '1970-01-01', ${column})`,
};
const duckdb: Sums = {
  text: (column, row) => `bit_xor(('0x' || left(md5(concat(${row}, ':', coalesce(${column}, '-'))), 15))::ubigint)`,
  moment: (column) => `epoch_us(${column})`,
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

/** Values are multiplied by a number of their row, so that two that change places are seen. */
function select(name: TableName, relation: string, { text, moment }: Sums): string {
  const { columns, key } = tables[name];
  const row = `(${key.join(' + 31 * ')})`;
  const weighted = (value: string) => `coalesce(sum(${value} * (${row} % 997 + 1)), 0)`;
  const sums = columns.map((column) => {
    if (column.kind === 'text') return `coalesce(${text(column.name, row)}, 0)`;
    if (column.kind === 'timestamp') return weighted(moment(column.name));
    return weighted(column.kind === 'boolean' ? `(case when ${column.name} then 1 else 0 end)` : column.name);
  });
  const whole = ['count(*)', ...sums].map((sum) => `cast(cast(${sum} as decimal(38, 0)) as char(40))`);
  return `select concat_ws(' ', ${whole.map((sum) => `trim(${sum})`).join(', ')}) as digest from ${relation}`;
}
