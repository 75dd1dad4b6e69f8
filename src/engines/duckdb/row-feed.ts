/**
 * Rows into a table by a table function: a thread of DuckDB's takes them chunk by chunk, copies, compresses and writes them,
 * while the event loop reads the next. An appender would do all of that on the event loop.
 */
import { type DuckDBConnection, DuckDBTableFunction } from '@duckdb/node-api';
import type { Column, RowBatch } from '../types.js';
import { vectorRows } from './vector.js';
import { columnWriter, fillChunk } from './write-values.js';

/** Functions stay in the catalog, so each has a name of its own. */
let made = 0;

export class RowFeed {
  readonly #connection: DuckDBConnection;
  readonly #name = `etl_rows_${++made}`;
  #batch: RowBatch | undefined;
  #start = 0;
  #failure: unknown;

  constructor(connection: DuckDBConnection, columns: readonly Column[]) {
    this.#connection = connection;
    const writers = columns.map(columnWriter);
    connection.registerTableFunction(
      DuckDBTableFunction.create({
        name: this.#name,
        bindFunction: (binding) => {
          for (const { column, type } of writers) binding.addResultColumn(column.name, type);
        },
        initFunction: (scan) => scan.setMaxThreads(1),
        mainFunction: (scan, chunk) => {
          const batch = this.#batch;
          const count = Math.min(vectorRows, (batch?.rowCount ?? 0) - this.#start);
          chunk.rowCount = count;
          if (batch === undefined || count === 0) return;
          try {
            fillChunk(chunk, writers, batch, this.#start, count);
            this.#start += count;
          } catch (thrown) {
            this.#failure = thrown;
            scan.setError('see failure');
          }
        },
      }),
    );
  }

  /** @param table quoted. Errors: SOURCE_DATA, naming the column; those of DuckDB as they are. */
  async insert(batch: RowBatch, table: string): Promise<void> {
    this.#batch = batch;
    this.#start = 0;
    try {
      await this.#connection.run(`insert into ${table} from ${this.#name}()`);
    } catch (thrown) {
      throw this.#failure ?? thrown;
    } finally {
      this.#batch = undefined;
    }
  }
}
