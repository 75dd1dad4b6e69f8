/** The keys of one table, row by row, as the texts that were sent. */
import { nullEnd } from '../engines/rows.js';
import type { RowBatch } from '../engines/types.js';

/** One row: the bytes of its cells as latin1, NULL as null. */
export type KeyRow = readonly (string | null)[];

/** Where the columns of one side are. */
export interface KeyColumns {
  readonly width: number;
  /** Positions of the key's columns, in the order of the key. */
  readonly key: readonly number[];
  /** The column that marks a row where it is not NULL. */
  readonly mark?: { readonly at: number /** True where 0 marks none either. */; readonly orZero: boolean } | undefined;
}

export interface KeyList extends KeyColumns {
  readonly batches: AsyncIterable<RowBatch>;
  /** True where marked rows are as good as not there; else they agree with none. */
  readonly skipsMarked?: boolean;
  /** Makes the rows end soon; asked where the other side has failed. */
  readonly stop?: () => Promise<void>;
}

export interface TakenRow {
  readonly key: string;
  readonly cells: KeyRow;
  readonly isMarked: boolean;
}

/** One after the other; the row at hand can be looked at until it is passed by or taken. */
export class KeyRows {
  readonly #list: KeyList;
  readonly #batches: AsyncIterator<RowBatch>;
  #hasBegun = false;
  #places: Int32Array = new Int32Array();
  #row = 0;
  #rowCount = 0;
  #hasEnded = false;
  data: Buffer = Buffer.alloc(0);
  rows = 0;
  bytes = 0;

  constructor(list: KeyList) {
    this.#list = list;
    this.#batches = list.batches[Symbol.asyncIterator]();
  }

  get isSpent(): boolean {
    return this.#row >= this.#rowCount;
  }

  /** False behind the last row. */
  async isReady(): Promise<boolean> {
    while (this.isSpent) if (!(await this.#next())) return false;
    return true;
  }

  /** Of a column of the key, by its place there. */
  start(keyColumn: number): number {
    return this.#place(this.#list.key[keyColumn] ?? 0);
  }

  /** Below 0 for NULL. */
  end(keyColumn: number): number {
    return this.#end(this.#list.key[keyColumn] ?? 0);
  }

  get isMarked(): boolean {
    const { mark } = this.#list;
    if (mark === undefined) return false;
    const start = this.#place(mark.at);
    const end = this.#end(mark.at);
    return end >= 0 && !(mark.orZero && end - start === 1 && this.data[start] === zero);
  }

  pass(): void {
    this.#row += 1;
    this.#skip();
  }

  take(): TakenRow {
    const { isMarked } = this;
    const cells = Array.from({ length: this.#list.width }, (_, column) => this.#cell(column));
    this.pass();
    const key = this.#list.key.map((column) => cells[column] ?? null);
    return { key: key.map((cell) => (cell === null ? '-' : `${cell.length}:${cell}`)).join(''), cells, isMarked };
  }

  /** Lets go of the rows that are left. Never throws. */
  async abandon(): Promise<void> {
    if (!this.#hasEnded) await this.#batches.return?.().catch(() => undefined);
  }

  /** Ends the rows so that their connection can be used again. Never throws. */
  async stop(): Promise<void> {
    if (!this.#hasBegun || this.#hasEnded) return;
    const stopped = this.#list.stop?.().catch(() => undefined);
    while (await this.#next().catch(() => false));
    await stopped;
  }

  #skip(): void {
    if (this.#list.skipsMarked !== true) return;
    while (!this.isSpent && this.isMarked) this.#row += 1;
  }

  #place(column: number): number {
    return this.#places[2 * (this.#row * this.#list.width + column)] ?? 0;
  }

  #end(column: number): number {
    return this.#places[2 * (this.#row * this.#list.width + column) + 1] ?? nullEnd;
  }

  #cell(column: number): string | null {
    const end = this.#end(column);
    return end < 0 ? null : this.data.toString('latin1', this.#place(column), end);
  }

  async #next(): Promise<boolean> {
    if (this.#hasEnded) return false;
    this.#hasBegun = true;
    // Also where it throws.
    this.#hasEnded = true;
    const { done, value } = await this.#batches.next();
    if (done === true) return false;
    this.#hasEnded = false;
    this.#places = value.places;
    this.data = value.data;
    this.#row = 0;
    this.#rowCount = value.rowCount;
    this.rows += value.rowCount;
    this.bytes += value.bytes;
    this.#skip();
    return true;
  }
}

const zero = '0'.charCodeAt(0);
