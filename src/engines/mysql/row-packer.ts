/** Packs the rows of a result as they arrive: in the text protocol a row is its cells' lengths and texts, one after the other. */
import { nullEnd } from '../rows.js';
import type { Column, RowBatch } from '../types.js';

/** A row on the wire: `buffer` belongs to the socket's last read, or to this row alone. */
export interface RowPacket {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
}

/**
 * Fills one batch after the other. Rows of one read of the socket are copied together, and their cells only pointed at. The
 * memory of a batch is used again once it is given back: new memory of this size keeps the garbage collector busy.
 */
export class RowPacker {
  readonly #width: number;
  /** Positions of dates and timestamps, which may be zero dates. */
  readonly #dates: readonly number[];
  readonly #isText: boolean;
  readonly #spare: Room[] = [];
  readonly #lent = new Map<Buffer, Room>();
  #data: Buffer = Buffer.allocUnsafe(firstBytes);
  #places = new Int32Array(firstPlaces);
  #rowCount = 0;
  #zeroDates = 0;
  /** Where in `#data` the run of rows goes that lies in `#run` from `#runStart` on. */
  #runAt = 0;
  #run: Buffer | undefined;
  #runStart = 0;
  #runEnd = 0;

  constructor(columns: readonly Column[]) {
    this.#width = columns.length;
    this.#isText = columns.every(({ type }) => type.kind !== 'binary');
    this.#dates = columns.flatMap(({ type }, index) =>
      type.kind === 'date' || type.kind === 'timestamp' ? [index] : [],
    );
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  add({ buffer, offset, end }: RowPacket): void {
    if (buffer !== this.#run) {
      this.#endRun();
      this.#run = buffer;
      this.#runStart = offset;
    }
    this.#runEnd = end;
    this.#place(buffer, offset, this.#runAt - this.#runStart);
    this.#rowCount += 1;
  }

  /** What has been added since the last batch. */
  take(bytes: number): RowBatch {
    this.#endRun();
    const zeroDates = this.#zeroDates;
    const batch = {
      rowCount: this.#rowCount,
      data: this.#data.subarray(0, this.#runAt),
      places: this.#places.subarray(0, 2 * this.#rowCount * this.#width),
      bytes,
      isText: this.#isText,
    };
    this.#lent.set(batch.data, { data: this.#data, places: this.#places });
    // The next batch is likely to be of the same size.
    const room = this.#spare.pop() ?? {
      data: Buffer.allocUnsafe(this.#data.length),
      places: new Int32Array(this.#places.length),
    };
    this.#data = room.data;
    this.#places = room.places;
    this.#rowCount = 0;
    this.#zeroDates = 0;
    this.#runAt = 0;
    return zeroDates === 0 ? batch : { ...batch, zeroDates };
  }

  /** Nobody looks at this batch any more. */
  giveBack(batch: RowBatch): void {
    const room = this.#lent.get(batch.data);
    this.#lent.delete(batch.data);
    if (room !== undefined && room.data.length <= mostKeptBytes) this.#spare.push(room);
  }

  /** @param shift from a position in `buffer` to one in `#data` */
  #place(buffer: Buffer, offset: number, shift: number): void {
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
        places[place] = at + shift;
        places[place + 1] = nullEnd;
        continue;
      }
      if (length > nullCell) {
        const size = length === 252 ? 2 : length === 253 ? 3 : 8;
        length = size === 8 ? Number(buffer.readBigUInt64LE(at)) : buffer.readUIntLE(at, size);
        for (const begin = at + size; at < begin; at++) buffer[at] = 0;
      }
      places[place] = at + shift;
      at += length;
      places[place + 1] = at + shift;
    }
    for (const index of this.#dates) this.#dropZeroDate(buffer, first + 2 * index, shift);
  }

  /** `0000-00-00`, `2020-00-10` and `2020-01-00` are no days. */
  #dropZeroDate(buffer: Buffer, place: number, shift: number): void {
    if ((this.#places[place + 1] ?? nullEnd) < 0) return;
    const start = (this.#places[place] ?? 0) - shift;
    const noMonth = buffer[start + 5] === zero && buffer[start + 6] === zero;
    if (noMonth || (buffer[start + 8] === zero && buffer[start + 9] === zero)) {
      this.#places[place + 1] = nullEnd;
      this.#zeroDates += 1;
    }
  }

  #endRun(): void {
    if (this.#run === undefined) return;
    const length = this.#runEnd - this.#runStart;
    if (this.#runAt + length > this.#data.length) this.#growData(this.#runAt + length);
    this.#run.copy(this.#data, this.#runAt, this.#runStart, this.#runEnd);
    this.#runAt += length;
    this.#run = undefined;
  }

  #growData(needed: number): void {
    const data = Buffer.allocUnsafe(Math.max(needed, 2 * this.#data.length));
    this.#data.copy(data, 0, 0, this.#runAt);
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

const firstBytes = 256 * 1024;
const firstPlaces = 32 * 1024;
/** Room for a huge row is not kept for ordinary ones. */
const mostKeptBytes = 64 * 1024 * 1024;
/** Lengths below are one byte; this one is NULL, those above say how many bytes the length has. */
const nullCell = 251;
const headerBytes = 4;
const zero = '0'.charCodeAt(0);
