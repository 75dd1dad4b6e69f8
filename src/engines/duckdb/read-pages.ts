/** The rows of a select, in batches, as DuckDB finds them. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { EtlError } from '../../errors.js';
import type { PageOptions } from '../contract.js';
import { packRows } from '../rows.js';
import type { Cell, RowBatch } from '../types.js';
import { classify } from './errors.js';
import { cellReader, readRows } from './read-values.js';

/** DuckDB computes no further than a few chunks ahead of the reader. Errors: CANCELLED, DATABASE. */
export async function* readPages(
  connection: DuckDBConnection,
  select: string,
  { batchRows, batchBytes, signal }: Pick<PageOptions, 'batchRows' | 'batchBytes' | 'signal'>,
): AsyncGenerator<RowBatch> {
  const stop = () => connection.interrupt();
  signal.addEventListener('abort', stop);
  try {
    let rows: (readonly Cell[])[] = [];
    let bytes = 0;
    for await (const chunk of chunksOf(connection, select, signal)) {
      for (const row of chunk) {
        rows.push(row);
        bytes += bytesOf(row);
        if (rows.length < batchRows && bytes < batchBytes) continue;
        yield packRows(rows, bytes);
        rows = [];
        bytes = 0;
      }
    }
    if (rows.length > 0) yield packRows(rows, bytes);
  } catch (thrown) {
    throw signal.aborted ? cancelled(thrown) : classify(thrown, select);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function* chunksOf(connection: DuckDBConnection, select: string, signal: AbortSignal): AsyncGenerator<Cell[][]> {
  const result = await connection.stream(select);
  const readers = result.columnTypes().map(cellReader);
  for (;;) {
    if (signal.aborted) throw cancelled(signal.reason);
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield readRows(chunk, readers);
  }
}

function cancelled(cause: unknown): EtlError {
  return new EtlError('CANCELLED', 'the reading of the source was stopped', { cause });
}

function bytesOf(row: readonly Cell[]): number {
  let bytes = 0;
  for (const cell of row) bytes += typeof cell === 'string' || cell instanceof Uint8Array ? cell.length : 8;
  return bytes;
}
