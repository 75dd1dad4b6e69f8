/**
 * A read of all rows that outlives its connection: it goes on behind the last key, in a new snapshot. Rows that changed or came
 * in between have a cursor above the mark of the first snapshot, so that the next incremental read brings them.
 */
import type { SourceDatabase, SourceRead, SourceSnapshot } from '../engines/contract.js';
import { unpackRow } from '../engines/rows.js';
import type { Cell, Column, RowBatch } from '../engines/types.js';
import { type EtlError, toEtlError } from '../errors.js';

export interface GoOnRequest {
  readonly database: SourceDatabase;
  readonly snapshot: SourceSnapshot;
  readonly read: SourceRead;
  readonly columns: readonly Column[];
  readonly settings: { readonly batchRows: number; readonly batchBytes: number };
  readonly signal: AbortSignal;
  readonly mayGoOn?: ((error: EtlError, attempt: number) => Promise<boolean>) | undefined;
}

/** What gives the batches of all rows; undefined where the read cannot begin behind a key. */
export async function goingOn(request: GoOnRequest): Promise<(() => AsyncIterable<RowBatch>) | undefined> {
  const { snapshot, read, mayGoOn } = request;
  if (mayGoOn === undefined || (await snapshot.ordersByKey?.(read)) !== true) return undefined;
  return () => batchesGoingOn(request, mayGoOn);
}

async function* batchesGoingOn(
  request: GoOnRequest,
  mayGoOn: (error: EtlError, attempt: number) => Promise<boolean>,
): AsyncGenerator<RowBatch> {
  const { database, read, columns, settings, signal } = request;
  const keyAt = read.key.map((name) => columns.findIndex((column) => column.name === name));
  const keyOfLast = (batch: RowBatch) => {
    const last = unpackRow(columns, batch, batch.rowCount - 1);
    return keyAt.map((at) => last[at] ?? null);
  };
  let after: readonly Cell[] | undefined;
  let attempt = 1;
  let again: SourceSnapshot | undefined;
  try {
    for (;;) {
      try {
        const snapshot = again ?? request.snapshot;
        for await (const batch of snapshot.read(read, columns, { ...settings, from: undefined, after, signal })) {
          if (batch.rowCount > 0) after = keyOfLast(batch);
          attempt = 1;
          yield batch;
        }
        return;
      } catch (thrown) {
        const error = toEtlError(thrown);
        if (error.code === 'SCHEMA_CHANGE' || after === undefined || !(await mayGoOn(error, attempt))) throw error;
        attempt += 1;
        await again?.close();
        again = await reopened(database, mayGoOn, attempt);
      }
    }
  } finally {
    await again?.close();
  }
}

/** A server that was restarted refuses connections for a while. */
async function reopened(
  database: SourceDatabase,
  mayGoOn: (error: EtlError, attempt: number) => Promise<boolean>,
  firstAttempt: number,
): Promise<SourceSnapshot> {
  for (let attempt = firstAttempt; ; attempt++) {
    try {
      return await database.snapshot();
    } catch (thrown) {
      const error = toEtlError(thrown);
      if (!(await mayGoOn(error, attempt))) throw error;
    }
  }
}
