/** Packs the rows of a result as they arrive: in the text protocol a row is its cells' lengths and texts, one after the other. */
import { nullEnd } from '../rows.js';
import type { Column, RowBatch } from '../types.js';
import type { ReadTarget } from './socket-reads.js';

export interface RowPackerOptions {
  readonly batchRows: number;
  readonly batchBytes: number;
  /** Whether the packet that comes now may be a row; asked until it is. */
  readonly inRows: () => boolean;
  /** A packet that is no row, with its header. */
  readonly pass: (packet: Buffer) => void;
  readonly take: (batch: RowBatch) => void;
}

/**
 * Cuts what a server sends into batches of rows. The socket reads into the batch itself, and its cells are only pointed at. The
 * memory of a batch is used again once it is given back: new memory of this size keeps the garbage collector busy.
 */
export class RowPacker implements ReadTarget {
  readonly #width: number;
  /** Positions of dates and timestamps, which may be zero dates. */
  readonly #dates: readonly number[];
  readonly #isText: boolean;
  readonly #options: RowPackerOptions;
  readonly #spare: Room[] = [];
  readonly #lent = new Map<Buffer, Room>();
  #data: Buffer = Buffer.allocUnsafe(firstBytes);
  #places = new Int32Array(firstPlaces);
  #rowCount = 0;
  #zeroDates = 0;
  #inRows = false;
  /** Where in `#data` the next packet begins, or the next part of a row of 16 MB and more. */
  #at = 0;
  /** Where the bytes end that have been read. */
  #end = 0;
  /** Where a row of several packets began. */
  #longRow: number | undefined;

  constructor(columns: readonly Column[], options: RowPackerOptions) {
    this.#options = options;
    this.#width = columns.length;
    this.#isText = columns.every(({ type }) => type.kind !== 'binary');
    this.#dates = columns.flatMap(({ type }, index) =>
      type.kind === 'date' || type.kind === 'timestamp' ? [index] : [],
    );
  }

  room(): Buffer {
    const start = this.#at + headerBytes;
    const wanted = start > this.#end ? 0 : start + this.#data.readUIntLE(this.#at, 3);
    const needed = Math.max(wanted, this.#end + leastRoomBytes);
    if (this.#data.length < needed) this.#growData(needed);
    return this.#data.subarray(this.#end);
  }

  filled(length: number): void {
    this.#end += length;
    while (this.#takePacket()) {
      if (this.#longRow !== undefined) continue;
      const weight = this.#at + this.#rowCount * this.#width * bytesPerCell;
      if (this.#rowCount >= this.#options.batchRows || weight >= this.#options.batchBytes) this.cut();
    }
  }

  /** Hands over what has been added since the last batch, if anything has. */
  cut(): void {
    if (this.#rowCount === 0) return;
    const batch = {
      rowCount: this.#rowCount,
      data: this.#data.subarray(0, this.#at),
      places: this.#places.subarray(0, 2 * this.#rowCount * this.#width),
      bytes: this.#at,
      isText: this.#isText,
      ...(this.#zeroDates === 0 ? {} : { zeroDates: this.#zeroDates }),
    };
    this.#lent.set(batch.data, { data: this.#data, places: this.#places });
    const rest = this.#data.subarray(this.#at, this.#end);
    const spare = this.#spare.pop();
    // The next batch is likely to be of the same size.
    const isWide = spare !== undefined && spare.data.length >= rest.length;
    const room = isWide
      ? spare
      : { data: Buffer.allocUnsafe(this.#data.length), places: new Int32Array(this.#places.length) };
    rest.copy(room.data);
    this.#end = rest.length;
    this.#at = 0;
    this.#data = room.data;
    this.#places = room.places;
    this.#rowCount = 0;
    this.#zeroDates = 0;
    this.#options.take(batch);
  }

  /** Nobody looks at this batch any more. */
  giveBack(batch: RowBatch): void {
    const room = this.#lent.get(batch.data);
    this.#lent.delete(batch.data);
    if (room !== undefined && room.data.length <= mostKeptBytes) this.#spare.push(room);
  }

  /** False where the next packet is not yet whole. */
  #takePacket(): boolean {
    const data = this.#data;
    const start = this.#at + headerBytes;
    if (start > this.#end) return false;
    const length = data.readUIntLE(this.#at, 3);
    if (start + length > this.#end) return false;
    if (length === longestPacket || this.#longRow !== undefined) return this.#takePart(start, length);
    this.#inRows ||= this.#options.inRows();
    this.#at = start + length;
    if (this.#inRows && isRow(data[start] ?? errorMark, length)) this.#place(start);
    else this.#pass(start);
    return true;
  }

  /** One of the packets of a row of 16 MB and more: what lies between it and the one before is taken out. */
  #takePart(start: number, length: number): boolean {
    if (this.#longRow === undefined) {
      this.#longRow = start;
      this.#at = start + length;
      return true;
    }
    this.#data.copyWithin(this.#at, start, this.#end);
    this.#end -= headerBytes;
    this.#at += length;
    if (length === longestPacket) return true;
    this.#place(this.#longRow);
    this.#longRow = undefined;
    return true;
  }

  #pass(start: number): void {
    const packet = Buffer.from(this.#data.subarray(start - headerBytes, this.#at));
    this.#data.fill(0, start - headerBytes, this.#at);
    this.#options.pass(packet);
  }

  #place(offset: number): void {
    const buffer = this.#data;
    const width = this.#width;
    const first = 2 * this.#rowCount * width;
    if (first + 2 * width > this.#places.length) this.#growPlaces(first + 2 * width);
    const places = this.#places;
    let at = offset;
    // The packet's own length, which lies between this row and the one before.
    for (let header = offset - headerBytes; header < offset; header++) buffer[header] = 0;
    for (let place = first; place < first + 2 * width; place += 2) {
      let length = buffer[at] ?? 0;
      // What says how long cells are is no text.
      buffer[at++] = 0;
      if (length === nullCell) {
        places[place] = at;
        places[place + 1] = nullEnd;
        continue;
      }
      if (length > nullCell) {
        const size = length === 252 ? 2 : length === 253 ? 3 : 8;
        length = size === 8 ? Number(buffer.readBigUInt64LE(at)) : buffer.readUIntLE(at, size);
        for (const begin = at + size; at < begin; at++) buffer[at] = 0;
      }
      places[place] = at;
      at += length;
      places[place + 1] = at;
    }
    for (const index of this.#dates) this.#dropZeroDate(buffer, first + 2 * index);
    this.#rowCount += 1;
  }

  /** `0000-00-00`, `2020-00-10` and `2020-01-00` are no days. */
  #dropZeroDate(buffer: Buffer, place: number): void {
    if ((this.#places[place + 1] ?? nullEnd) < 0) return;
    const start = this.#places[place] ?? 0;
    const noMonth = buffer[start + 5] === zero && buffer[start + 6] === zero;
    if (noMonth || (buffer[start + 8] === zero && buffer[start + 9] === zero)) {
      this.#places[place + 1] = nullEnd;
      this.#zeroDates += 1;
    }
  }

  #growData(needed: number): void {
    const data = Buffer.allocUnsafe(Math.max(needed, 2 * this.#data.length));
    this.#data.copy(data, 0, 0, this.#end);
    this.#data = data;
  }

  #growPlaces(needed: number): void {
    const places = new Int32Array(Math.max(needed, 2 * this.#places.length));
    places.set(this.#places);
    this.#places = places;
  }
}

interface Room {
  readonly data: Buffer;
  readonly places: Int32Array<ArrayBuffer>;
}

/** What is none is the end (0xFE and a few bytes), or an error (0xFF): no cell begins so, but for one of 16 MB. */
function isRow(first: number, length: number): boolean {
  return first < endMark || (first === endMark && length >= 9);
}

const endMark = 0xfe;
const errorMark = 0xff;
/** A packet of this length is gone on with by the next one. */
const longestPacket = 0xffffff;
/** What a cell takes in memory beyond its bytes on the wire: many narrow columns weigh more than they show. */
const bytesPerCell = 8;
const leastRoomBytes = 64 * 1024;
const firstBytes = 256 * 1024;
const firstPlaces = 32 * 1024;
/** Room for a huge row is not kept for ordinary ones. */
const mostKeptBytes = 64 * 1024 * 1024;
/** Lengths below are one byte; this one is NULL, those above say how many bytes the length has. */
const nullCell = 251;
const headerBytes = 4;
const zero = '0'.charCodeAt(0);
