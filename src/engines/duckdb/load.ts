/** Fills a work table, by whole chunks of DuckDB's own vectors or from a file that the warehouse attaches. */
import { setImmediate } from 'node:timers/promises';
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import type { LoadResult } from '../contract.js';
import type { Column, RowBatch } from '../types.js';
import { dialect, workDatabase } from './dialect.js';
import { classify } from './errors.js';
import { vectorRows } from './vector.js';
import { type ColumnWriter, columnWriter, createChunk, fillChunk } from './write-values.js';

/** Writing a chunk blocks the event loop for about 2 ms; other sources get their turn after this many. */
const chunksBetweenTurns = 4;
/** What the appender holds back is not counted in `memory_limit`, so it is emptied into the table after this many bytes. */
const bytesBetweenFlushes = 4 * 1024 * 1024;

/** Errors: SOURCE_DATA where a value does not fit its column, and whatever `batches` throws; no table is left then. */
export async function loadWorkTable(
  connection: DuckDBConnection,
  name: string,
  columns: readonly Column[],
  batches: AsyncIterable<RowBatch>,
): Promise<LoadResult> {
  await run(connection, dialect.dropWorkTable(name));
  await run(connection, createWorkTable(name, columns));
  // Or else each flush is a transaction, and most rows are copied once more.
  await run(connection, 'begin transaction');
  const appender = await connection.createAppender(name, 'main', workDatabase);
  try {
    const loaded = await append(appender, columns.map(columnWriter), batches);
    appender.flushSync();
    appender.closeSync();
    await connection.run('commit');
    return loaded;
  } catch (thrown) {
    appender.clear();
    appender.closeSync();
    await connection.run('rollback').catch(() => undefined);
    await connection.run(dialect.dropWorkTable(name));
    throw classify(thrown);
  }
}

async function append(
  appender: DuckDBAppender,
  writers: readonly ColumnWriter[],
  batches: AsyncIterable<RowBatch>,
): Promise<LoadResult> {
  let rows = 0;
  let bytes = 0;
  let chunks = 0;
  let held = 0;
  const chunk = createChunk(writers);
  for await (const batch of batches) {
    for (let start = 0; start < batch.rowCount; start += vectorRows) {
      fillChunk(chunk, writers, batch, start, Math.min(vectorRows, batch.rowCount - start));
      appender.appendDataChunk(chunk);
      // Its texts lie outside of the heap, where the garbage collector does not see how much there is.
      chunk.reset();
      chunks += 1;
      if (chunks % chunksBetweenTurns === 0) await setImmediate();
    }
    rows += batch.rowCount;
    bytes += batch.bytes;
    held += batch.bytes;
    if (held >= bytesBetweenFlushes) {
      appender.flushSync();
      held = 0;
    }
  }
  return { rows, bytes };
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
