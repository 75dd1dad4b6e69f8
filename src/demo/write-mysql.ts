/** Writes the demo's chat data to MySQL or MariaDB. */
import { Readable } from 'node:stream';
import type { ResultSetHeader } from 'mysql2';
import type { ConnectionDefinition } from '../engines/contract.js';
import { type Connection, closeConnection, openConnection, runStatement } from '../engines/mysql/connect.js';
import { classify } from '../engines/mysql/errors.js';
import { encodeLines } from '../engines/mysql/load-lines.js';
import { parseOptions } from '../engines/mysql/options.js';
import { packRows } from '../engines/rows.js';
import type { Parameter } from '../engines/types.js';
import { EtlError } from '../errors.js';
import {
  type DemoColumn,
  type DemoRow,
  formatMoment,
  type TableBatch,
  type TableName,
  tableNames,
  tables,
} from './tables.js';
import type { ChatDatabase } from './targets.js';

const timeoutMs = 600_000;
const rowsPerInsert = 500;

/**
 * Opens the database of a `type: mysql` connection. Rows go by LOAD DATA where the server allows it, else by inserts
 * (always with `inserts: true`). Errors: CONNECTION, PRIVILEGE.
 */
export async function openMysqlChat(
  definition: ConnectionDefinition,
  settings: { readonly inserts?: boolean } = {},
): Promise<ChatDatabase> {
  const options = parseOptions(definition);
  if (options.database === undefined) {
    throw new EtlError('DEFINITION', `connection '${definition.name}' names no database`);
  }
  const connection = await openConnection(options, { timeoutMs, label: 'chat-etl demo', localInfile: true });
  const { rows } = await runStatement(connection, 'select @@local_infile as allowed');
  const write = Number(rows[0]?.allowed) === 1 && settings.inserts !== true ? loadData : insertRows;
  return {
    async existingTables() {
      const sql = 'select table_name as name from information_schema.tables where table_schema = database()';
      const found = (await runStatement(connection, sql)).rows.map(({ name }) => name);
      return tableNames.filter((name) => found.includes(name));
    },
    async createTables() {
      for (const name of tableNames) {
        await runStatement(connection, `drop table if exists ${name}`);
        await runStatement(connection, createTable(name));
      }
    },
    write: (batch) => (batch.rows.length === 0 ? Promise.resolve() : write(connection, batch)),
    query: async (sql) => (await runStatement(connection, sql)).rows,
    execute: async (sql, parameters) => (await runStatement(connection, sql, parameters)).affectedRows,
    // One transaction would be a long undo log, and tables are not part of it anyway.
    bulk: (work) => work(),
    async transaction(work) {
      await runStatement(connection, 'start transaction');
      try {
        const result = await work();
        await runStatement(connection, 'commit');
        return result;
      } catch (error) {
        await runStatement(connection, 'rollback').catch(() => undefined);
        throw error;
      }
    },
    close: () => closeConnection(connection),
  };
}

function createTable(name: TableName): string {
  const { columns, key, indexes } = tables[name];
  const lines = [
    ...columns.map(({ name, mysql, nullable }) => `${name} ${mysql} ${nullable ? 'null' : 'not null'}`),
    `primary key (${key.join(', ')})`,
    ...[['updated_at', ...key], ...indexes].map((index) => `key (${index.join(', ')})`),
  ];
  return `create table ${name} (${lines.join(', ')}) engine = InnoDB default character set utf8mb4`;
}

function columnNames(table: TableName): string {
  return tables[table].columns.map(({ name }) => name).join(', ');
}

function loadData(connection: Connection, { table, rows }: TableBatch): Promise<void> {
  const { columns } = tables[table];
  const sql = `load data local infile 'rows' into table ${table} character set utf8mb4
    fields terminated by x'09' escaped by x'5c' lines terminated by x'0a' (${columnNames(table)})`;
  const infileStreamFactory = () =>
    Readable.from(
      encodeLines(
        columns.map(({ name, nullable }) => ({ name, nullable, type: { kind: 'text' } })),
        packRows(rows.map((row) => mysqlRow(columns, row))),
      ),
    );
  return new Promise((done, failed) => {
    connection.query<ResultSetHeader>({ sql, infileStreamFactory }, (error, result) => {
      if (error) failed(classify(error, { sql }));
      // Refusals are mere warnings to LOAD DATA LOCAL.
      else if (result.affectedRows !== rows.length || result.warningStatus > 0) {
        failed(new EtlError('DATABASE', `the server did not take all rows of '${table}' as they are`, { sql }));
      } else done();
    });
  });
}

async function insertRows(connection: Connection, { table, rows }: TableBatch): Promise<void> {
  const { columns } = tables[table];
  const row = `(${columns.map(() => '?').join(', ')})`;
  for (let from = 0; from < rows.length; from += rowsPerInsert) {
    const part = rows.slice(from, from + rowsPerInsert);
    const values = part.flatMap((row) => mysqlRow(columns, row));
    const sql = `insert into ${table} (${columnNames(table)}) values ${part.map(() => row).join(', ')}`;
    await runStatement(connection, sql, values);
  }
}

function mysqlRow(columns: readonly DemoColumn[], row: DemoRow): Parameter[] {
  return columns.map(({ kind }, index) => {
    const value = row[index] ?? null;
    if (typeof value === 'boolean') return value ? 1 : 0;
    return kind === 'timestamp' && typeof value === 'number' ? formatMoment(value) : value;
  });
}
