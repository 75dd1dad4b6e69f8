/** Rows of one select as a stream of batches: read as fast as they are taken, and no faster. */
import { EtlError } from '../../errors.js';
import type { Column, RowBatch } from '../types.js';
import type { Connection } from './connect.js';
import { classify } from './errors.js';
import { RowPacker, type RowPacket } from './row-packer.js';
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
const waitingBatches = 5;
/** What a cell takes in memory beyond its bytes on the wire: many narrow columns weigh more than they show. */
const bytesPerCell = 8;

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
  const packer = new RowPacker(columns);
  let bytes = 0;
  const cut = (): void => {
    ready.push(packer.take(bytes));
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
  const query = connection.query({ sql, rowsAsArray: true });
  eachRow(query, (row) => {
    packer.add(row);
    const weight = bytes + packer.rowCount * columns.length * bytesPerCell;
    if (packer.rowCount >= options.batchRows || weight >= options.batchBytes) cut();
  });
  query.on('error', lose).on('end', () => {
    state.ended = true;
    if (state.failure === undefined && packer.rowCount > 0) cut();
    state.wake();
  });

  try {
    for (;;) {
      if (state.failure !== undefined) throw state.failure;
      const batch = ready.shift();
      if (batch !== undefined) {
        if (ready.length <= waitingBatches) connection.resume();
        yield batch;
        packer.giveBack(batch);
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

/** The driver's command of a query, as far as it reads rows: `row` is its state while they come. */
interface RowCommand {
  row(this: RowCommand, packet: Packet, connection: unknown): unknown;
}

interface Packet extends RowPacket {
  readonly sequenceId: number;
}

/** The driver's connection, as far as it is handed packets: which number the next one has, and who takes it. */
interface PacketTaker {
  sequenceId: number;
  readonly packetParser: { onPacket(packet: Packet): void };
}

/**
 * Takes the rows from the driver as they were sent. What it would make of them, a value of the runtime for each cell, costs
 * more than all the rest of the way. Only the first and the last packet go through all of the driver.
 */
function eachRow(query: object, take: (row: RowPacket) => void): void {
  const command = query as RowCommand;
  const { row } = command;
  if (typeof row !== 'function') throw otherDriver();
  command.row = function (packet, connection) {
    if (!isRow(packet)) return row.call(this, packet, connection);
    take(packet);
    takePackets(connection as PacketTaker, take);
    return command.row;
  };
}

function takePackets(connection: PacketTaker, take: (row: RowPacket) => void): void {
  const { packetParser: parser } = connection;
  if (typeof parser?.onPacket !== 'function') throw otherDriver();
  const { onPacket } = parser;
  parser.onPacket = (packet) => {
    if (isRow(packet)) return take(packet);
    parser.onPacket = onPacket;
    connection.sequenceId = packet.sequenceId;
    return onPacket(packet);
  };
}

/** What is none is the end (0xFE and a few bytes), or an error (0xFF): no cell begins so, but for one of 16 MB. */
function isRow({ buffer, offset, end }: Packet): boolean {
  const first = buffer[offset] ?? errorMark;
  return first < endMark || (first === endMark && end - offset >= 9);
}

const endMark = 0xfe;
const errorMark = 0xff;

function otherDriver(): EtlError {
  return new EtlError('INTERNAL', 'this mysql2 reads rows in another way');
}
