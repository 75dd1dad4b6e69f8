/** Fills a work table, with rows or from a file that the warehouse attaches. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LoadResult } from '../contract.js';
import type { Column, RowBatch } from '../types.js';
import { BatchesAhead } from './batches-ahead.js';
import { columnsOfManyTexts } from './compression.js';
import { createTable, dialect, workDatabase } from './dialect.js';
import { classify } from './errors.js';
import { RowFeed } from './row-feed.js';

/**
 * Rows by a unique key go into a table of the warehouse's file, which is then called as the staging table, so that they are
 * written once; the work table is a view of it. Others are in memory.
 * Errors: SOURCE_DATA where a value does not fit its column, and whatever `batches` throws; no table is left then.
 */
export async function loadWorkTable(
  connection: DuckDBConnection,
  name: string,
  columns: readonly Column[],
  batches: AsyncIterable<RowBatch>,
  uniqueKey: readonly string[] = [],
): Promise<LoadResult> {
  await dropWorkTable(connection, name);
  const table = uniqueKey.length === 0 ? undefined : dialect.keyedTable(name);
  const create = (first: RowBatch | undefined): string =>
    table === undefined ? createWorkTable(name, columns) : createKeyedTable(table, columns, uniqueKey, first);
  try {
    const into = table === undefined ? dialect.workTable(name) : dialect.identifier(table);
    const loaded = await insertAll(connection, into, columns, batches, create);
    if (table === undefined) return loaded;
    await run(
      connection,
      `create view ${dialect.workTable(name)} as from ${dialect.identifier(await currentDatabase(connection))}.main.${dialect.identifier(table)}`,
    );
    return { ...loaded, keyed: { table, rows: loaded.rows } };
  } catch (thrown) {
    await connection.run('rollback').catch(() => undefined);
    await dropWorkTable(connection, name);
    throw classify(thrown);
  }
}

/** @param create the statement that makes `table`, given the first batch where there is one */
async function insertAll(
  connection: DuckDBConnection,
  table: string,
  columns: readonly Column[],
  batches: AsyncIterable<RowBatch>,
  create: (first: RowBatch | undefined) => string,
): Promise<LoadResult> {
  let feed: RowFeed | undefined;
  const ahead = new BatchesAhead(batches);
  try {
    for (let batch = await ahead.next(); batch !== undefined; batch = await ahead.next()) {
      if (feed === undefined) {
        await run(connection, create(batch));
        // Or else each batch is a transaction, and most rows are copied once more.
        await run(connection, 'begin transaction');
        feed = new RowFeed(connection, columns);
      }
      await feed.insert(batch, table, () => ahead.nextIfReady());
    }
  } finally {
    feed?.end();
    await ahead.close();
  }
  await run(connection, feed === undefined ? create(undefined) : 'commit');
  return feed?.inserted ?? { rows: 0, bytes: 0 };
}

/** Fills the work table from a select over the attached database `alias`, which is the default one for the statement. */
export async function loadWorkTableAs(
  connection: DuckDBConnection,
  name: string,
  columns: readonly Column[],
  alias: string,
  select: string,
): Promise<LoadResult> {
  const warehouse = await currentDatabase(connection);
  await run(connection, `use ${dialect.identifier(alias)}`);
  try {
    await run(connection, `create or replace table ${dialect.workTable(name)} as ${select}`);
  } finally {
    await connection.run(`use ${dialect.identifier(warehouse)}`);
  }
  return measure(connection, name, columns);
}

async function currentDatabase(connection: DuckDBConnection): Promise<string> {
  const reader = await connection.runAndReadAll('select current_database()');
  return String(reader.getRows()[0]?.[0]);
}

/** Rows, and about the bytes that they would have had on their way: 8 a value, and what texts are long. */
async function measure(connection: DuckDBConnection, name: string, columns: readonly Column[]): Promise<LoadResult> {
  const sized = columns.filter(({ type }) => ['text', 'json', 'binary'].includes(type.kind));
  const lengths = sized.map(
    ({ name, type }) =>
      `coalesce(sum(${type.kind === 'binary' ? 'octet_length' : 'strlen'}(${dialect.identifier(name)})), 0)`,
  );
  const sql = `select count(*), ${['0', ...lengths].join(' + ')} from ${dialect.workTable(name)}`;
  const [row] = (await connection.runAndReadAll(sql)).getRows();
  const rows = Number(row?.[0]);
  return { rows, bytes: rows * 8 * (columns.length - sized.length) + Number(row?.[1]) };
}

/** A table, or the view of one in the file. */
async function dropWorkTable(connection: DuckDBConnection, name: string): Promise<void> {
  const select = `select 1 from duckdb_views() where database_name = '${workDatabase}' and view_name = ${dialect.literal(name)}`;
  const isView = (await connection.runAndReadAll(select)).currentRowCount > 0;
  await run(connection, isView ? `drop view ${dialect.workTable(name)}` : dialect.dropWorkTable(name));
  await run(connection, dialect.dropTable(dialect.keyedTable(name)));
}

function createKeyedTable(
  table: string,
  columns: readonly Column[],
  key: readonly string[],
  first: RowBatch | undefined,
): string {
  const keyed = columns.map((column) => ({ ...column, nullable: !key.includes(column.name) }));
  return createTable(table, keyed, key, first && columnsOfManyTexts(columns, first));
}

function createWorkTable(name: string, columns: readonly Column[]): string {
  const lines = columns.map((column) => `${dialect.identifier(column.name)} ${dialect.columnType(column.type, false)}`);
  return `create table ${dialect.workTable(name)} (${lines.join(', ')})`;
}

async function run(connection: DuckDBConnection, sql: string): Promise<void> {
  try {
    await connection.run(sql);
  } catch (thrown) {
    throw classify(thrown, sql);
  }
}
