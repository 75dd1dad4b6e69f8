/**
 * While rows are loaded DuckDB has no threads but those of the statements themselves. Else one of its own would take the work
 * of a statement, and the statement's would ask in a loop whether it is done, at the cost of a core.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { RowBatch } from '../types.js';

type Batches = AsyncIterable<RowBatch>;

/** Of all sessions of a warehouse. */
export class LoadingThreads {
  #loads = 0;
  #usual: Promise<number> | undefined;

  /** From the first batch on until `load` has ended. */
  async without<T>(connection: DuckDBConnection, batches: Batches, load: (batches: Batches) => Promise<T>): Promise<T> {
    let usual: number | undefined;
    const onFirst = async (): Promise<void> => {
      this.#usual ??= threadsOf(connection);
      usual = await this.#usual;
      this.#loads += 1;
      if (this.#loads === 1) await connection.run('set threads = 1');
    };
    try {
      return await load(noticed(batches, onFirst));
    } finally {
      if (usual !== undefined) {
        this.#loads -= 1;
        if (this.#loads === 0) await connection.run(`set threads = ${usual}`).catch(() => undefined);
      }
    }
  }
}

async function* noticed(batches: Batches, onFirst: () => Promise<void>): AsyncGenerator<RowBatch> {
  let isFirst = true;
  for await (const batch of batches) {
    if (isFirst) await onFirst();
    isFirst = false;
    yield batch;
  }
}

async function threadsOf(connection: DuckDBConnection): Promise<number> {
  return Number((await connection.runAndReadAll("select current_setting('threads')")).getRows()[0]?.[0]);
}
