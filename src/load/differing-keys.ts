/**
 * The keys of two tables beside each other, each in the order of its own index. Where both orders are much the same, and they
 * are for keys that few characters make, a pair that agrees is passed over when it is met, and what is kept is what differs.
 */
import { nullEnd } from '../engines/rows.js';
import type { RowBatch } from '../engines/types.js';

/** One row: the bytes of its cells as latin1, NULL as null. */
export type KeyRow = readonly (string | null)[];

export interface KeyDifferences {
  /** Rows of which the other side has none, or that are marked on either. Undefined where they are too many to keep. */
  readonly found: { readonly left: readonly KeyRow[]; readonly right: readonly KeyRow[] } | undefined;
  readonly leftRows: number;
  readonly leftBytes: number;
}

/** Where the columns of one side are. */
export interface KeyColumns {
  readonly width: number;
  /** Positions of the key's columns, in the order of the key. */
  readonly key: readonly number[];
  /** Of the column that marks a row where it is neither NULL nor 0. */
  readonly mark: number | undefined;
}

/** Rows that are kept at most, of both sides together: some 100 bytes each. */
export const mostKept = 500_000;

/**
 * Both sides are read to their end, whatever is found and whichever fails. Throws what they throw.
 * @param isInteger of the key's columns, those that are ordered by their digits
 */
export async function differingKeys(
  left: KeyColumns & { readonly batches: AsyncIterable<RowBatch> },
  right: KeyColumns & { readonly batches: AsyncIterable<RowBatch> },
  isInteger: readonly boolean[],
  most = mostKept,
): Promise<KeyDifferences> {
  const sides = [new Side(left.batches, left), new Side(right.batches, right)] as const;
  const [ours, theirs] = sides;
  const keep = new Kept(most);
  try {
    for (;;) {
      const [hasLeft, hasRight] = [await ours.isReady(), await theirs.isReady()];
      if (!hasLeft && !hasRight) break;
      if (hasLeft && hasRight) passOver(ours, theirs, isInteger, keep);
      else if (hasLeft) while (!ours.isSpent) keep.left(ours.take());
      else while (!theirs.isSpent) keep.right(theirs.take());
    }
  } finally {
    await Promise.all(sides.map((side) => side.drain()));
  }
  return { found: keep.found(), leftRows: ours.rows, leftBytes: ours.bytes };
}

/** Until one side has no row left of its batch. */
function passOver(left: Side, right: Side, isInteger: readonly boolean[], keep: Kept): void {
  while (!left.isSpent && !right.isSpent) {
    const order = compareKeys(left, right, isInteger);
    if (order === 0 && !left.isMarked && !right.isMarked) {
      left.pass();
      right.pass();
      continue;
    }
    // Which of two is taken first decides only how much is kept meanwhile.
    if (order <= 0) keep.left(left.take());
    if (order >= 0) keep.right(right.take());
  }
}

/** By bytes, and integers by their digits. */
function compareKeys(left: Side, right: Side, isInteger: readonly boolean[]): number {
  for (let column = 0; column < isInteger.length; column++) {
    const [start, end] = [left.start(column), left.end(column)];
    const [otherStart, otherEnd] = [right.start(column), right.end(column)];
    // A key of staging is never NULL.
    if (end < 0 || otherEnd < 0) return end < 0 ? -1 : 1;
    const longer = end - start - (otherEnd - otherStart);
    if (isInteger[column] === true && longer !== 0) return longer;
    const shared = Math.min(end - start, otherEnd - otherStart);
    for (let at = 0; at < shared; at++) {
      const order = (left.data[start + at] ?? 0) - (right.data[otherStart + at] ?? 0);
      if (order !== 0) return order;
    }
    if (longer !== 0) return longer;
  }
  return 0;
}

/** Rows that have met none of their key on the other side, and marked ones, which agree with none. */
class Kept {
  readonly #left = new Map<string, KeyRow>();
  readonly #right = new Map<string, KeyRow>();
  readonly #marked: { readonly left: KeyRow[]; readonly right: KeyRow[] } = { left: [], right: [] };
  readonly #most: number;
  #isFull = false;

  constructor(most: number) {
    this.#most = most;
  }

  left(row: TakenRow): void {
    this.#keep(row, this.#left, this.#right, this.#marked.left);
  }

  right(row: TakenRow): void {
    this.#keep(row, this.#right, this.#left, this.#marked.right);
  }

  found(): KeyDifferences['found'] {
    if (this.#isFull) return undefined;
    return {
      left: [...this.#left.values(), ...this.#marked.left],
      right: [...this.#right.values(), ...this.#marked.right],
    };
  }

  #keep({ key, cells, isMarked }: TakenRow, own: Map<string, KeyRow>, others: Map<string, KeyRow>, marked: KeyRow[]) {
    if (this.#isFull) return;
    if (isMarked) marked.push(cells);
    else if (!others.delete(key)) own.set(key, cells);
    const { left, right } = this.#marked;
    if (this.#left.size + this.#right.size + left.length + right.length <= this.#most) return;
    this.#isFull = true;
    for (const map of [this.#left, this.#right]) map.clear();
    left.length = right.length = 0;
  }
}

interface TakenRow {
  readonly key: string;
  readonly cells: KeyRow;
  readonly isMarked: boolean;
}

/** The rows of one side, one after the other. */
class Side {
  readonly #batches: AsyncIterator<RowBatch>;
  readonly #columns: KeyColumns;
  #places: Int32Array = new Int32Array();
  #row = 0;
  #rowCount = 0;
  #hasEnded = false;
  data: Buffer = Buffer.alloc(0);
  rows = 0;
  bytes = 0;

  constructor(batches: AsyncIterable<RowBatch>, columns: KeyColumns) {
    this.#batches = batches[Symbol.asyncIterator]();
    this.#columns = columns;
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
    return this.#place(this.#columns.key[keyColumn] ?? 0);
  }

  /** Below 0 for NULL. */
  end(keyColumn: number): number {
    return this.#end(this.#columns.key[keyColumn] ?? 0);
  }

  get isMarked(): boolean {
    const { mark } = this.#columns;
    if (mark === undefined) return false;
    const start = this.#place(mark);
    const end = this.#end(mark);
    return end >= 0 && !(end - start === 1 && this.data[start] === zero);
  }

  pass(): void {
    this.#row += 1;
  }

  take(): TakenRow {
    const { isMarked } = this;
    const cells = Array.from({ length: this.#columns.width }, (_, column) => this.#cell(column));
    this.#row += 1;
    const key = this.#columns.key.map((column) => cells[column] ?? null);
    return { key: key.map((cell) => (cell === null ? '-' : `${cell.length}:${cell}`)).join(''), cells, isMarked };
  }

  /** So that the connection can be used again. Never throws. */
  async drain(): Promise<void> {
    while (await this.#next().catch(() => false));
  }

  #place(column: number): number {
    return this.#places[2 * (this.#row * this.#columns.width + column)] ?? 0;
  }

  #end(column: number): number {
    return this.#places[2 * (this.#row * this.#columns.width + column) + 1] ?? nullEnd;
  }

  #cell(column: number): string | null {
    const end = this.#end(column);
    return end < 0 ? null : this.data.toString('latin1', this.#place(column), end);
  }

  async #next(): Promise<boolean> {
    if (this.#hasEnded) return false;
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
    return true;
  }
}

const zero = '0'.charCodeAt(0);
