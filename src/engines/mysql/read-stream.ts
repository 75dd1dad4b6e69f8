/** Rows of one select as a stream of batches: read as fast as they are taken, and no faster. */
import type { QueryOptions } from 'mysql2';
import { EtlError } from '../../errors.js';
import type { Cell, Column, RowBatch } from '../types.js';
import type { Connection } from './connect.js';
import { classify } from './errors.js';
import { socketOf } from './silence.js';

export interface StreamOptions {
  readonly batchRows: number;
  readonly batchBytes: number;
  readonly signal: AbortSignal;
  /** A server that sends nothing for so long, while rows are waited for, is given up. */
  readonly silenceMs: number;
  /** Stops the statement on the server; called where the reader stops before the end. */
  readonly kill: () => Promise<void>;
}

/** Batches that may wait for their reader while the next one is being filled. */
const waitingBatches = 1;
/** What a cell takes in memory beyond its bytes on the wire: many narrow columns weigh more than they show. */
const bytesPerCell = 32;

/** Errors: CANCELLED by the signal, CONNECTION_LOST (retryable) where the connection breaks between two rows. */
export async function* streamRows(
  connection: Connection,
  sql: string,
  columns: readonly Column[],
  options: StreamOptions,
): AsyncGenerator<RowBatch> {
  const ready: RowBatch[] = [];
  const state: { ended: boolean; failure: EtlError | undefined; wake: () => void } = {
    ended: false,
    failure: undefined,
    wake: () => undefined,
  };
  const convert = converter(columns);
  let rows: Cell[][] = [];
  let bytes = 0;
  const cut = (): void => {
    ready.push(convert(rows, bytes));
    rows = [];
    bytes = 0;
    if (ready.length > waitingBatches) connection.pause();
    state.wake();
  };
  const fail = (error: EtlError): void => {
    state.failure ??= error;
    state.wake();
  };
  const lose = (error: Error): void => fail(classify(error, { sql }));
  const abort = (): void => fail(cancelled());
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
  };

  if (options.signal.aborted) throw cancelled();
  options.signal.addEventListener('abort', abort);
  socketOf(connection).prependListener('data', count);
  // The driver tells the loss of a connection to the connection, not to the query, where a query has no callback.
  connection.on('error', lose);
  connection
    .query({ sql, rowsAsArray: true, ...exactDoubles(columns) })
    .on('result', (row) => {
      rows.push(row as unknown as Cell[]);
      const weight = bytes + rows.length * columns.length * bytesPerCell;
      if (rows.length >= options.batchRows || weight >= options.batchBytes) cut();
    })
    .on('error', lose)
    .on('end', () => {
      state.ended = true;
      if (state.failure === undefined && rows.length > 0) cut();
      state.wake();
    });

  try {
    for (;;) {
      if (state.failure !== undefined) throw state.failure;
      const batch = ready.shift();
      if (batch !== undefined) {
        if (ready.length <= waitingBatches) connection.resume();
        yield batch;
      } else if (state.ended) {
        return;
      } else {
        const silence = setTimeout(() => fail(silent(sql)), options.silenceMs);
        await new Promise<void>((done) => {
          state.wake = done;
        });
        clearTimeout(silence);
      }
    }
  } finally {
    options.signal.removeEventListener('abort', abort);
    socketOf(connection).removeListener('data', count);
    connection.removeListener('error', lose);
    if (!state.ended) {
      // A lost connection runs nothing any more, and after a restart of the server its id may be another's.
      if (state.failure?.code !== 'CONNECTION_LOST') await options.kill();
      socketOf(connection).destroy();
    }
  }
}

function cancelled(): EtlError {
  return new EtlError('CANCELLED', 'the read was cancelled');
}

function silent(sql: string): EtlError {
  return new EtlError('TIMEOUT', 'the server sent no row for too long', {
    sql,
    retryable: true,
    hint: 'raise `run.timeout`',
  });
}

/**
 * The driver's own parser of doubles is a digit off for some of 16 and 17 digits; the server's CAST to text, on MySQL, for
 * those longer than 22. A function for each cell costs a third of the speed, so it is there only where doubles are.
 */
function exactDoubles(columns: readonly Column[]): Pick<QueryOptions, 'typeCast'> {
  if (!columns.some(({ type }) => type.kind === 'float' || type.kind === 'double')) return {};
  return {
    typeCast(field: { readonly type: string; string(): string | null }, next: () => unknown) {
      if (field.type !== 'DOUBLE') return next();
      const text = field.string();
      return text === null ? null : Number(text);
    },
  };
}

/** Works column by column, and only on those that may hold zero dates. */
function converter(columns: readonly Column[]): (rows: Cell[][], bytes: number) => RowBatch {
  const dates = columns.flatMap(({ type }, index) =>
    type.kind === 'date' || type.kind === 'timestamp' ? [index] : [],
  );
  return (rows, bytes) => {
    let zeroDates = 0;
    for (const index of dates) zeroDates += zeroDatesToNull(rows, index);
    return zeroDates === 0 ? { rows, bytes } : { rows, bytes, zeroDates };
  };
}

const zero = 48;

/** `0000-00-00`, `2020-00-10` and `2020-01-00` are no days; returns how many there were. */
function zeroDatesToNull(rows: Cell[][], index: number): number {
  let found = 0;
  for (const row of rows) {
    const text = row[index];
    if (typeof text !== 'string') continue;
    const noMonth = text.charCodeAt(5) === zero && text.charCodeAt(6) === zero;
    if (noMonth || (text.charCodeAt(8) === zero && text.charCodeAt(9) === zero)) {
      row[index] = null;
      found++;
    }
  }
  return found;
}
