/**
 * The keys of two tables beside each other, each in the order of its own index. Where both orders are much the same, and they
 * are for keys that few characters make, a pair that agrees is passed over when it is met, and what is kept is what differs.
 */
import { type KeyList, type KeyRow, KeyRows, type TakenRow } from './key-rows.js';

export interface KeyDifferences {
  /** Rows of which the other side has none, or a marked one. Undefined where they are too many to keep. */
  readonly found: { readonly left: readonly KeyRow[]; readonly right: readonly KeyRow[] } | undefined;
  readonly leftRows: number;
  readonly leftBytes: number;
}

/** Rows that are kept at most, of both sides together: some 200 bytes each. */
export const mostKept = 500_000;

/**
 * The right side is left as it can be used again: it has been read to its end, or stopped. Throws what the sides throw.
 * @param isInteger of the key's columns, those that are ordered by their digits
 */
export async function differingKeys(
  leftKeys: KeyList,
  rightKeys: KeyList,
  isInteger: readonly boolean[],
  most = mostKept,
): Promise<KeyDifferences> {
  const left = new KeyRows(leftKeys);
  const right = new KeyRows(rightKeys);
  const kept = new Kept(most);
  try {
    for (;;) {
      const [hasLeft, hasRight] = [await left.isReady(), await right.isReady()];
      if (!hasLeft && !hasRight) break;
      if (hasLeft && hasRight) passOver(left, right, isInteger, kept);
      else if (hasLeft) while (!left.isSpent) kept.left(left.take());
      else while (!right.isSpent) kept.right(right.take());
    }
  } catch (thrown) {
    await Promise.all([left.abandon(), right.stop()]);
    throw thrown;
  }
  return { found: kept.found(), leftRows: left.rows, leftBytes: left.bytes };
}

/** Until one side has no row left of its batch. */
function passOver(left: KeyRows, right: KeyRows, isInteger: readonly boolean[], kept: Kept): void {
  while (!left.isSpent && !right.isSpent) {
    const order = compareKeys(left, right, isInteger);
    if (order === 0 && !left.isMarked && !right.isMarked) {
      left.pass();
      right.pass();
      continue;
    }
    // Which of two is taken first decides only how much is kept meanwhile.
    if (order <= 0) kept.left(left.take());
    if (order >= 0) kept.right(right.take());
  }
}

/** By bytes, and integers by their digits. */
function compareKeys(left: KeyRows, right: KeyRows, isInteger: readonly boolean[]): number {
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
