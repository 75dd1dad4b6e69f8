/**
 * A read of all rows that outlives its transaction: it goes on behind the last key, in a new snapshot, where its connection is
 * lost and where the transaction has been open for long, since a server keeps the old versions of rows that one may still see.
 * Rows that changed or came in between have a cursor above the mark of the first snapshot, so that the next incremental read
 * brings them. For the same reason several connections may each read parts of the rows, from snapshots of their own.
 */
import type { SourceDatabase, SourceRead, SourceSnapshot } from '../engines/contract.js';
import { unpackRow } from '../engines/rows.js';
import type { Cell, Column, RowBatch } from '../engines/types.js';
import { EtlError, toEtlError } from '../errors.js';
import { shiftClock } from './clock.js';
import { type KeyPart, partsOf } from './key-parts.js';
import { merged } from './merged.js';
import { isAnotherTable } from './regressed.js';

/** How a read may outlive its transaction. */
export interface Endurance {
  /** For each connection that reads: a server that goes away cuts all of them at once. */
  readonly newRetries: () => ReadRetries;
  /** A transaction ends after this. */
  readonly longestTransactionMs: number;
}

export interface ReadRetries {
  /** Waits before a read whose connection was lost goes on; false where it may not. */
  waitAfter(error: EtlError): Promise<boolean>;
  /** Rows have come: what is lost from here on is lost for the first time. */
  reset(): void;
}

export interface GoOnRequest {
  readonly database: SourceDatabase;
  readonly snapshot: SourceSnapshot;
  readonly read: SourceRead;
  readonly columns: readonly Column[];
  /** That of the table in `snapshot`. */
  readonly tableId: string | undefined;
  readonly settings: { readonly batchRows: number; readonly batchBytes: number };
  readonly signal: AbortSignal;
}

/** Gives the batches of all rows, and counts the snapshots that they come from. */
export interface EnduringRead {
  readonly batches: (until: AbortSignal) => AsyncIterable<RowBatch>;
  readonly snapshots: () => number;
}

/** Undefined where the read cannot begin behind a key. */
export async function goingOn(request: GoOnRequest, endurance: Endurance): Promise<EnduringRead | undefined> {
  const { database, snapshot, read, columns, signal } = request;
  if ((await snapshot.ordersByKey?.(read)) !== true) return undefined;
  // A table's age is known by the second.
  const since = shiftClock(await database.clock(), -1000);
  const readers = database.parallelReads ?? 1;
  const parts = readers > 1 ? partsOf(await snapshot.bounds(read, columns, signal), readers) : [{}];
  const waiting = parts.values();
  const own = new AbortController();
  const reading = { ...request, signal: AbortSignal.any([signal, own.signal]) };
  const started = Array.from(
    { length: Math.min(readers, parts.length) },
    (_, at) => new GoingOn(reading, endurance, since, waiting, at === 0 ? snapshot : undefined),
  );
  const stop = () => own.abort(signal.reason);
  return {
    batches: (until: AbortSignal) => {
      until.addEventListener('abort', stop, { once: true });
      return merged(
        started.map((reader) => reader.batches()),
        stop,
      );
    },
    snapshots: () => started.reduce((sum, reader) => sum + reader.snapshots, 0),
  };
}

/** Reads one part after the other, those that no other reader has taken. */
class GoingOn {
  snapshots: number;
  readonly #request: GoOnRequest;
  readonly #endurance: Endurance;
  readonly #retries: ReadRetries;
  readonly #since: string;
  readonly #parts: Iterator<KeyPart>;
  readonly #keyAt: readonly number[];
  #after: readonly Cell[] | undefined;
  #snapshot: SourceSnapshot | undefined;
  #until: number;

  /**
   * @param since the server's clock before the first row was read; UTC
   * @param snapshot of somebody else, who closes it; without it, it opens its own
   */
  constructor(
    request: GoOnRequest,
    endurance: Endurance,
    since: string,
    parts: Iterator<KeyPart>,
    snapshot: SourceSnapshot | undefined,
  ) {
    const { read, columns } = request;
    this.#request = request;
    this.#endurance = endurance;
    this.#retries = endurance.newRetries();
    this.#since = since;
    this.#parts = parts;
    this.#keyAt = read.key.map((name) => columns.findIndex((column) => column.name === name));
    this.#snapshot = snapshot;
    this.#until = performance.now() + endurance.longestTransactionMs;
    this.snapshots = snapshot === undefined ? 0 : 1;
  }

  async *batches(): AsyncGenerator<RowBatch> {
    try {
      for (let next = this.#parts.next(); next.done !== true; next = this.#parts.next()) {
        this.#after = next.value.after;
        while (!(yield* this.#oneTransaction(next.value))) await this.#reopen();
      }
    } finally {
      await this.#close();
    }
  }

  /** True once the part has no more rows. */
  async *#oneTransaction({ upTo }: KeyPart): AsyncGenerator<RowBatch, boolean> {
    const { read, columns, settings, signal } = this.#request;
    if (this.#snapshot === undefined) return false;
    try {
      const options = { ...settings, from: undefined, after: this.#after, upTo, signal };
      for await (const batch of this.#snapshot.read(read, columns, options)) {
        if (batch.rowCount > 0) this.#after = this.#keyOfLast(batch);
        this.#retries.reset();
        yield batch;
        if (performance.now() > this.#until) return false;
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
    await this.#close();
    for (;;) {
      try {
        this.#snapshot = await database.snapshot();
        if (await this.#isMadeAnew()) break;
        this.snapshots += 1;
        this.#until = performance.now() + this.#endurance.longestTransactionMs;
        return;
      } catch (thrown) {
        await this.#waitOrThrow(toEtlError(thrown));
      }
    }
    throw new EtlError('SCHEMA_CHANGE', `${read.table ?? 'the table'} was made anew while it was being read`, {
      retryable: true,
    });
  }

  async #isMadeAnew(): Promise<boolean> {
    const { database, read, tableId } = this.#request;
    if (isAnotherTable(tableId, await database.tableId?.(read))) return true;
    return (await database.newSince?.(read, this.#since)) === 'table';
  }

  async #close(): Promise<void> {
    const snapshot = this.#snapshot;
    this.#snapshot = undefined;
    if (snapshot !== this.#request.snapshot) await snapshot?.close();
  }

  async #waitOrThrow(error: EtlError): Promise<void> {
    if (!(await this.#retries.waitAfter(error))) throw error;
  }
}
