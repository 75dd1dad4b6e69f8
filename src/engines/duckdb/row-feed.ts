/**
 * Rows into a table by a table function: a thread of DuckDB's takes them chunk by chunk, copies, compresses and writes them,
 * while the event loop reads and prepares the next. An appender would do all of that on the event loop.
 */
import { type DuckDBConnection, DuckDBTableFunction } from '@duckdb/node-api';
import type { Column, RowBatch } from '../types.js';
import { vectorRows } from './vector.js';
import { type ColumnWriter, columnWriter, putRows, takeRows } from './write-values.js';

/** Functions stay in the catalog, so each has a name of its own. */
let made = 0;

/** The next batch, where there is one at once; the batch before it is not looked at any more. */
export type NextBatch = () => RowBatch | undefined;

const noBatch: NextBatch = () => undefined;

export class RowFeed {
  readonly #connection: DuckDBConnection;
  readonly #name = `etl_rows_${++made}`;
  #writers: readonly ColumnWriter[];
  #batch: RowBatch | undefined;
  #next = noBatch;
  #start = 0;
  /** How many rows have been made ready for the next chunk; 0 where none. */
  #taken = 0;
  #failure: unknown;
  #rows = 0;
  #bytes = 0;

  constructor(connection: DuckDBConnection, columns: readonly Column[]) {
    this.#connection = connection;
    this.#writers = columns.map(columnWriter);
    connection.registerTableFunction(
      DuckDBTableFunction.create({
        name: this.#name,
        bindFunction: (binding) => {
          for (const { column, type } of this.#writers) binding.addResultColumn(column.name, type);
        },
        initFunction: (scan) => scan.setMaxThreads(1),
        mainFunction: (scan, chunk) => {
          try {
            if (this.#taken === 0) this.#take();
            chunk.rowCount = this.#taken;
            if (this.#taken === 0) return;
            putRows(this.#writers, chunk);
            this.#taken = 0;
            // Once DuckDB has the chunk.
            process.nextTick(() => this.#takeAhead());
          } catch (thrown) {
            this.#failure = thrown;
            scan.setError('see failure');
          }
        },
      }),
    );
  }

  get inserted(): { readonly rows: number; readonly bytes: number } {
    return { rows: this.#rows, bytes: this.#bytes };
  }

  /**
   * A batch, and those after it as long as `next` has one: of a statement for each the planning was a fifth of a load's time.
   * @param table quoted
   * Errors: SOURCE_DATA, naming the column; those of DuckDB as they are.
   */
  async insert(batch: RowBatch, table: string, next: NextBatch): Promise<void> {
    this.#begin(batch);
    this.#next = next;
    try {
      const inserted = this.#connection.run(`insert into ${table} from ${this.#name}()`);
      this.#takeAhead();
      await inserted;
    } catch (thrown) {
      throw this.#failure ?? thrown;
    } finally {
      this.#batch = undefined;
    }
  }

  /** Lets go of its columns' memory and of where batches come from, since the catalog keeps the function. */
  end(): void {
    this.#writers = [];
    this.#next = noBatch;
    this.#failure = undefined;
  }

  #begin(batch: RowBatch): void {
    this.#batch = batch;
    this.#start = 0;
    this.#rows += batch.rowCount;
    this.#bytes += batch.bytes;
  }

  /** While DuckDB stores the chunk before. What does not fit is told when its turn comes. */
  #takeAhead(): void {
    try {
      if (this.#taken === 0) this.#take();
    } catch {
      // Its turn is the next call, which takes it once more.
    }
  }

  #take(): void {
    if (this.#batch !== undefined && this.#start >= this.#batch.rowCount) {
      const next = this.#next();
      if (next !== undefined) this.#begin(next);
    }
    if (this.#batch === undefined) return;
    const count = Math.min(vectorRows, this.#batch.rowCount - this.#start);
    if (count > 0) takeRows(this.#writers, this.#batch, this.#start, count);
    this.#start += count;
    this.#taken = count;
  }
}
