/** One column of a chunk on its way: DuckDB's own layout, written here and copied over in one go. */
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

/**
 * A column on its way into chunks: `take` reads the cells of one chunk into memory of its own, while DuckDB is busy with the
 * chunk before; `put` writes them over in one go. Both throw Misfit.
 */
export interface ColumnFill {
  take(slice: Slice): void;
  put(chunk: DuckDBDataChunk, index: number): void;
}

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

/** A column whose cells `take` writes into `values`, a whole vector's array. Of NULLs the bytes do not matter. */
export function fillValues(values: Values, take: (slice: Slice) => void): ColumnFill {
  const nulls = new Nulls();
  let bytes = 0;
  return {
    take: (slice) => {
      take(slice);
      nulls.take(slice);
      bytes = slice.count * (values.byteLength / vectorRows);
    },
    put: (chunk, index) => {
      const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
      duckdb.copy_data_to_vector(vector, 0, values.buffer, values.byteOffset, bytes);
      nulls.put(vector);
    },
  };
}

export interface Values {
  readonly buffer: ArrayBuffer;
  readonly byteOffset: number;
  readonly byteLength: number;
}

type Vector = ReturnType<typeof duckdb.data_chunk_get_vector>;

/** Which rows of a chunk are NULL in one column: a bit for each that is not. */
class Nulls {
  readonly #validity = new Uint8Array(vectorRows / 8);
  #hasNulls = false;

  take({ places, first, step, count }: Slice): void {
    const validity = this.#validity;
    this.#hasNulls = false;
    for (let row = 0, place = first + 1; row < count; row++, place += step) {
      if ((places[place] ?? nullEnd) >= 0) continue;
      if (!this.#hasNulls) validity.fill(0xff);
      this.#hasNulls = true;
      validity[row >> 3] = (validity[row >> 3] ?? 0) & ~(1 << (row & 7));
    }
  }

  put(vector: Vector): void {
    if (!this.#hasNulls) return;
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, this.#validity.buffer, 0, this.#validity.byteLength);
  }
}
