/** Writes the demo's chat data to a DuckDB file. */
import {
  BOOLEAN,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  TIMESTAMP,
  UBIGINT,
  VARCHAR,
} from '@duckdb/node-api';
import type { ConnectionDefinition } from '../engines/contract.js';
import { connect, openToWrite } from '../engines/duckdb/connect.js';
import { classify } from '../engines/duckdb/errors.js';
import { parseOptions } from '../engines/duckdb/options.js';
import { type DemoColumn, type DemoRow, type TableBatch, tableNames, tables } from './tables.js';
import type { ChatDatabase } from './targets.js';

const types: Readonly<Record<DemoColumn['kind'], DuckDBType>> = {
  id: UBIGINT,
  text: VARCHAR,
  boolean: BOOLEAN,
  timestamp: TIMESTAMP,
};

/** Rows of one of DuckDB's data chunks. */
const chunkRows = 2048;

/** Opens the file of a `type: duckdb` connection, made where it is missing. Errors: CONNECTION, WAREHOUSE_LOCKED. */
export async function openDuckdbChat(definition: ConnectionDefinition): Promise<ChatDatabase> {
  const file = await openToWrite(parseOptions(definition));
  const connection = await connect(file);
  const run = (sql: string) => classified(() => connection.run(sql));
  async function transaction<T>(work: () => Promise<T>): Promise<T> {
    await run('begin');
    try {
      const result = await work();
      await run('commit');
      return result;
    } catch (error) {
      await run('rollback');
      throw error;
    }
  }

  return {
    async existingTables() {
      const reader = await connection.runAndReadAll(
        `select table_name from duckdb_tables() where schema_name = 'main'`,
      );
      const found = reader.getRows().map(([name]) => name);
      return tableNames.filter((name) => found.includes(name));
    },
    async createTables() {
      for (const name of tableNames) await run(`create or replace table ${name} (${columnList(name)})`);
    },
    write: (batch) => classified(() => append(connection, batch)),
    async query(sql) {
      const reader = await classified(() => connection.runAndReadAll(sql));
      return reader.getRowObjects();
    },
    async execute(sql, parameters) {
      const result = await classified(() => connection.run(sql, [...parameters]));
      return result.rowsChanged;
    },
    bulk: transaction,
    transaction,
    async close() {
      connection.closeSync();
      file.release();
    },
  };
}

/** Without keys: their indexes would take longer to make than all the rest. */
function columnList(name: TableBatch['table']): string {
  return tables[name].columns
    .map((column) => `${column.name} ${types[column.kind]}${column.nullable ? '' : ' not null'}`)
    .join(', ');
}

async function append(connection: DuckDBConnection, { table, rows }: TableBatch): Promise<void> {
  const { columns } = tables[table];
  const columnTypes = columns.map(({ kind }) => types[kind]);
  const appender = await connection.createAppender(table);
  for (let from = 0; from < rows.length; from += chunkRows) {
    const part = rows.slice(from, from + chunkRows);
    const chunk = DuckDBDataChunk.create(columnTypes, part.length);
    chunk.setRows(part.map((row) => duckdbRow(columns, row)));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function duckdbRow(columns: readonly DemoColumn[], row: DemoRow): DuckDBValue[] {
  return columns.map(({ kind }, index) => {
    const value = row[index] ?? null;
    if (typeof value !== 'number') return value;
    return kind === 'timestamp' ? new DuckDBTimestampValue(BigInt(value)) : BigInt(value);
  });
}

async function classified<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw classify(thrown);
  }
}
