/**
 * Rows of long texts. DuckDB works on 2,048 neighbouring rows of a column at once, and what it copies of them on the way, and
 * has freed but not yet given back, it does not count in `memory_limit`: once such rows are loaded it does without.
 */
import type { RowBatch } from '../types.js';
import { vectorRows } from './vector.js';

/** From here on the copies cost more than to do without them. */
const heavyVectorBytes = 32 * 1024 * 1024;

type Run = (sql: string) => Promise<unknown>;

/** For all sessions: memory that is free is given back before more is taken for a text, and by a thread of its own. */
const givingBack = [
  "set allocator_bulk_deallocation_flush_threshold = '1MB'",
  'set allocator_background_threads = true',
];

const withoutCopies = [
  // Small chunks would be put together to larger ones, after each filter and each join.
  'set enable_caching_operators = false',
  // A commit goes into the file itself: for the log a vector is written out in memory, and once more as that grows.
  'set auto_checkpoint_skip_wal_threshold = 0',
  "set checkpoint_threshold = '0 bytes'",
];

/** Whether long rows were loaded, by any session of a warehouse. */
export class LongRows {
  #seen = false;

  /** @param run executes a statement in the session that loads */
  async *weighed(batches: AsyncIterable<RowBatch>, run: Run): AsyncGenerator<RowBatch> {
    let rows = 0;
    let bytes = 0;
    for await (const batch of batches) {
      rows += batch.rowCount;
      bytes += batch.bytes;
      await this.weigh({ rows, bytes }, run);
      if (rows >= vectorRows) rows = bytes = 0;
      yield batch;
    }
  }

  /** @param loaded rows that are neighbours */
  async weigh(loaded: { readonly rows: number; readonly bytes: number }, run: Run): Promise<void> {
    if (this.#seen || loaded.bytes * Math.min(1, vectorRows / loaded.rows) < heavyVectorBytes) return;
    this.#seen = true;
    for (const sql of givingBack) await run(sql);
  }

  get isSeen(): boolean {
    return this.#seen;
  }

  /** Readies a session for statements on such rows; the file may have been opened again since the load. */
  async prepare(run: Run): Promise<void> {
    if (!this.#seen) return;
    for (const sql of [...givingBack, ...withoutCopies]) await run(sql);
  }
}
