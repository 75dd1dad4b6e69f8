/**
 * A read of all rows that outlives its transaction: it goes on behind the last key, in a new snapshot, where its connection is
 * lost and where the transaction has been open for long, since a server keeps the old versions of rows that one may still see.
 * Rows that changed or came in between have a cursor above the mark of the first snapshot, so that the next incremental read
 * brings them.
 */
import type { SourceDatabase, SourceRead, SourceSnapshot } from '../engines/contract.js';
import { unpackRow } from '../engines/rows.js';
import type { Cell, Column, RowBatch } from '../engines/types.js';
import { EtlError, toEtlError } from '../errors.js';
import { shiftClock } from './clock.js';

/** How a read may outlive its transaction. */
export interface Endurance {
  readonly retries: {
    /** Waits before a read whose connection was lost goes on; false where it may not. */
    waitAfter(error: EtlError): Promise<boolean>;
    /** Rows have come: what is lost from here on is lost for the first time. */
    reset(): void;
  };
  /** A transaction ends after this. */
  readonly longestTransactionMs: number;
}

export interface GoOnRequest {
  readonly database: SourceDatabase;
  readonly snapshot: SourceSnapshot;
  readonly read: SourceRead;
  readonly columns: readonly Column[];
  readonly settings: { readonly batchRows: number; readonly batchBytes: number };
  readonly signal: AbortSignal;
}

/** Gives the batches of all rows, and counts the snapshots that they come from. */
export interface EnduringRead {
  readonly batches: () => AsyncIterable<RowBatch>;
  readonly snapshots: () => number;
}

/** Undefined where the read cannot begin behind a key. */
export async function goingOn(request: GoOnRequest, endurance: Endurance): Promise<EnduringRead | undefined> {
  const { database, snapshot, read } = request;
  if ((await snapshot.ordersByKey?.(read)) !== true) return undefined;
  // A table's age is known by the second.
  const since = shiftClock(await database.clock(), -1000);
  const enduring = new GoingOn(request, endurance, since);
  return { batches: () => enduring.batches(), snapshots: () => enduring.snapshots };
}

class GoingOn {
  snapshots = 1;
  readonly #request: GoOnRequest;
  readonly #endurance: Endurance;
  readonly #since: string;
  readonly #keyAt: readonly number[];
  #after: readonly Cell[] | undefined;
  #again: SourceSnapshot | undefined;

  /** @param since the server's clock before the first row was read; UTC */
  constructor(request: GoOnRequest, endurance: Endurance, since: string) {
    const { read, columns } = request;
    this.#request = request;
    this.#endurance = endurance;
    this.#since = since;
    this.#keyAt = read.key.map((name) => columns.findIndex((column) => column.name === name));
  }

  async *batches(): AsyncGenerator<RowBatch> {
    try {
      while (!(yield* this.#oneTransaction())) await this.#reopen();
    } finally {
      await this.#again?.close();
    }
  }

  /** True once there are no more rows. */
  async *#oneTransaction(): AsyncGenerator<RowBatch, boolean> {
    const { read, columns, settings, signal, snapshot } = this.#request;
    const until = performance.now() + this.#endurance.longestTransactionMs;
    try {
      const options = { ...settings, from: undefined, after: this.#after, signal };
      for await (const batch of (this.#again ?? snapshot).read(read, columns, options)) {
        if (batch.rowCount > 0) this.#after = this.#keyOfLast(batch);
        this.#endurance.retries.reset();
        yield batch;
        if (performance.now() > until) return false;
      }
      return true;
    } catch (thrown) {
      const error = toEtlError(thrown);
      if (error.code === 'SCHEMA_CHANGE' || this.#after === undefined) throw error;
      await this.#waitOrThrow(error);
      return false;
    }
  }

  #keyOfLast(batch: RowBatch): readonly Cell[] {
    const last = unpackRow(this.#request.columns, batch, batch.rowCount - 1);
    return this.#keyAt.map((at) => last[at] ?? null);
  }

  /** A server that was restarted refuses connections for a while. */
  async #reopen(): Promise<void> {
    const { database, read } = this.#request;
    await this.#again?.close();
    this.#again = undefined;
    for (;;) {
      try {
        this.#again = await database.snapshot();
        if ((await database.newSince?.(read, this.#since)) === 'table') break;
        this.snapshots += 1;
        return;
      } catch (thrown) {
        await this.#waitOrThrow(toEtlError(thrown));
      }
    }
    throw new EtlError('SCHEMA_CHANGE', `${read.table ?? 'the table'} was made anew while it was being read`, {
      retryable: true,
    });
  }

  async #waitOrThrow(error: EtlError): Promise<void> {
    if (!(await this.#endurance.retries.waitAfter(error))) throw error;
  }
}
