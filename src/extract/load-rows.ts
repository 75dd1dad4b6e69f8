/** Rows of a snapshot into a work table: counted on their way, or straight from a database that the warehouse attaches. */
import type { CursorValue, LoadResult, SourceRead, SourceSnapshot } from '../engines/contract.js';
import type { Attachment, CopyableTable, PageOptions } from '../engines/source-contract.js';
import type { Column, RowBatch } from '../engines/types.js';
import type { Source } from '../pipeline/types.js';
import { zeroDatesFound } from './odd-values.js';

/** Fills one work table. */
export interface Loader {
  readonly load: (
    columns: readonly Column[],
    batches: AsyncIterable<RowBatch>,
    uniqueKey?: readonly string[],
  ) => Promise<LoadResult>;
  /** Given where the warehouse may be on a server with the source. */
  readonly copy?:
    | ((
        columns: readonly Column[],
        table: CopyableTable,
        onCopied: (rows: number, bytes: number) => void,
      ) => Promise<LoadResult | undefined>)
    | undefined;
  /** Given where the warehouse can attach the database. */
  readonly loadAttached?: (
    columns: readonly Column[],
    attachment: Attachment,
    select: (alias: string) => string,
  ) => Promise<LoadResult>;
}

export interface RowLoad extends Loader {
  readonly source: Source;
  readonly snapshot: SourceSnapshot;
  readonly read: SourceRead;
  readonly columns: readonly Column[];
  /** Undefined for all rows. */
  readonly from: CursorValue | undefined;
  /** Only rows in ranges of a key. */
  readonly within?: PageOptions['within'];
  /** Given where the source keeps it unique and each row comes once. */
  readonly uniqueKey?: readonly string[] | undefined;
  readonly settings: { readonly batchRows: number; readonly batchBytes: number };
  readonly signal: AbortSignal;
  readonly onProgress: (rows: number, bytes: number) => void;
  /** Told how many rows a comparison has summed up so far. */
  readonly onCompared?: ((rows: number) => void) | undefined;
  /** Gives the batches instead of the snapshot: those of a read that outlives its transaction. */
  readonly goOn?: ((signal: AbortSignal) => AsyncIterable<RowBatch>) | undefined;
  readonly warn: (text: string) => void;
  /** Told how many zero dates arrived as NULL, where some did. */
  readonly onZeroDates?: ((count: number) => void) | undefined;
}

/** Errors: SOURCE_DATA for zero dates that the source refuses, those of the source and of the loader. */
export async function loadRows(request: RowLoad): Promise<LoadResult> {
  const { snapshot, read, columns, from, within, load, loadAttached, settings, signal } = request;
  const { attachment } = snapshot;
  if (attachment !== undefined && loadAttached !== undefined && within === undefined) {
    const loaded = await loadAttached(columns, attachment, (alias) => attachment.select(read, columns, from, alias));
    request.onProgress(loaded.rows, loaded.bytes);
    return loaded;
  }
  const counts = { rows: 0, bytes: 0, zeroDates: 0 };
  const failed = new AbortController();
  const until = AbortSignal.any([signal, failed.signal]);
  const batches =
    request.goOn === undefined
      ? snapshot.read(read, columns, { ...settings, from, within, signal: until })
      : request.goOn(until);
  const loaded = await load(columns, counted(batches, counts, request), request.uniqueKey).catch((thrown: unknown) => {
    // A batch may still be on its way, from a source that is slow or paused.
    failed.abort();
    throw thrown;
  });
  if (counts.zeroDates > 0) request.onZeroDates?.(counts.zeroDates);
  return loaded;
}

async function* counted(
  batches: AsyncIterable<RowBatch>,
  counts: { rows: number; bytes: number; zeroDates: number },
  { source, onProgress }: Pick<RowLoad, 'source' | 'onProgress'>,
): AsyncGenerator<RowBatch> {
  for await (const batch of batches) {
    counts.rows += batch.rowCount;
    counts.bytes += batch.bytes;
    counts.zeroDates += batch.zeroDates ?? 0;
    if (counts.zeroDates > 0 && source.zeroDates === 'error') throw zeroDatesFound(source);
    yield batch;
    onProgress(counts.rows, counts.bytes);
  }
}
