/** Rows of one select as a stream of batches: read as fast as they are taken, and no faster. */
import { EtlError } from '../../errors.js';
import type { Column, RowBatch } from '../types.js';
import type { Connection } from './connect.js';
import { classify } from './errors.js';
import { RowPacker } from './row-packer.js';
import { socketOf } from './silence.js';
import { redirectReads } from './socket-reads.js';

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
const waitingBatches = 5;

/** Errors: CANCELLED by the signal, CONNECTION_LOST (retryable) where the connection breaks between two rows. */
export async function* streamRows(
  connection: Connection,
  sql: string,
  columns: readonly Column[],
  options: StreamOptions,
): AsyncGenerator<RowBatch> {
  const ready: RowBatch[] = [];
  let before: RowBatch | undefined;
  const state: { ended: boolean; failure: EtlError | undefined; wake: () => void } = {
    ended: false,
    failure: undefined,
    wake: () => undefined,
  };
  const fail = (error: EtlError): void => {
    state.failure ??= error;
    state.wake();
  };
  const lose = (error: Error): void => fail(classify(error, { sql }));
  const abort = (): void => fail(cancelled());

  if (options.signal.aborted) throw cancelled();
  options.signal.addEventListener('abort', abort);
  const socket = socketOf(connection);
  const packer = new RowPacker(columns, {
    batchRows: options.batchRows,
    batchBytes: options.batchBytes,
    inRows: () => command.next === command.row,
    pass: (packet) => {
      // The driver counts packets, and has not seen the rows.
      driver.sequenceId = packet[3] ?? 0;
      reads.pass(packet);
    },
    take: (batch) => {
      ready.push(batch);
      if (ready.length > waitingBatches) socket.pause();
      state.wake();
    },
  });
  const reads = redirectReads(socket, packer);
  // The driver tells the loss of a connection to the connection, not to the query, where a query has no callback.
  connection.on('error', lose);
  const query = connection.query({ sql, rowsAsArray: true });
  const command = query as unknown as RowCommand;
  const driver = connection as unknown as PacketCounter;
  if (typeof command.row !== 'function' || typeof driver.sequenceId !== 'number') fail(otherDriver());
  query
    .on('error', lose)
    .on('result', () => fail(otherDriver()))
    .on('end', () => {
      reads.stop();
      state.ended = true;
      if (state.failure === undefined) packer.cut();
      state.wake();
    });

  try {
    for (;;) {
      if (state.failure !== undefined) throw state.failure;
      const batch = ready.shift();
      if (batch !== undefined) {
        if (ready.length <= waitingBatches) socket.resume();
        yield batch;
        // Whoever has taken it may still look at it while the next one comes.
        if (before !== undefined) packer.giveBack(before);
        before = batch;
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
    connection.removeListener('error', lose);
    if (!state.ended || ready.length > 0) {
      // A lost connection runs nothing any more, and after a restart of the server its id may be another's.
      if (!state.ended && state.failure?.code !== 'CONNECTION_LOST') await options.kill();
      // Also where all has come: whoever takes no more wants its transaction ended, and it may be paused.
      socket.destroy();
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

/** The driver's command of a query: `next` takes the next packet, and is `row` while rows come. */
interface RowCommand {
  readonly next: unknown;
  readonly row: unknown;
}

/** The driver's connection, as far as it counts the packets of an answer. */
interface PacketCounter {
  sequenceId: number;
}

function otherDriver(): EtlError {
  return new EtlError('INTERNAL', 'this mysql2 reads rows in another way');
}
