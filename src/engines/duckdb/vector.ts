/** One column of a chunk while it is filled: DuckDB's own layout, written here and copied over in one go. */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { nullEnd } from '../rows.js';

/** Rows of a DuckDB vector. */
export const vectorRows = 2048;

/** The cells of one column: that of row `n` begins at `places[first + n * step]` and ends at the next place. */
export interface Slice {
  readonly data: Buffer;
  readonly places: Int32Array;
  readonly first: number;
  readonly step: number;
  readonly count: number;
  /** As of the batch. */
  readonly isText: boolean;
}

/** Fills a column of a chunk. Throws Misfit. */
export type Fill = (chunk: DuckDBDataChunk, index: number, slice: Slice) => void;

/** A cell is no value of its column's type. */
export class Misfit extends Error {
  readonly cell: string;

  constructor(cell: string, cause?: unknown) {
    super('a value does not fit', { cause });
    this.cell = cell;
  }
}

export function misfitAt({ data }: Slice, start: number, end: number): Misfit {
  return new Misfit(data.toString('utf8', start, Math.min(end, start + 200)));
}

/** Copies `rowBytes` of each row, and which rows are NULL. Of NULLs the bytes do not matter. */
export function copyToVector(chunk: DuckDBDataChunk, index: number, slice: Slice, values: Values): void {
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
  const rowBytes = values.byteLength / vectorRows;
  duckdb.copy_data_to_vector(vector, 0, values.buffer, values.byteOffset, slice.count * rowBytes);
  copyNulls(vector, slice);
}

/** An array for a whole vector. */
export interface Values {
  readonly buffer: ArrayBuffer;
  readonly byteOffset: number;
  readonly byteLength: number;
}

const validity = new Uint8Array(new ArrayBuffer(vectorRows / 8));

function copyNulls(vector: ReturnType<typeof duckdb.data_chunk_get_vector>, slice: Slice): void {
  const { places, first, step, count } = slice;
  let hasNulls = false;
  validity.fill(0xff);
  for (let row = 0, place = first + 1; row < count; row++, place += step) {
    if ((places[place] ?? nullEnd) >= 0) continue;
    hasNulls = true;
    validity[row >> 3] = (validity[row >> 3] ?? 0) & ~(1 << (row & 7));
  }
  if (!hasNulls) return;
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, validity.buffer, 0, validity.byteLength);
}
