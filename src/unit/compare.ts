/** Expected rows against those that are there. Pure. */
import type { Cell } from '../engines/types.js';

export type Row = readonly Cell[];

export type RowDifference =
  | { readonly kind: 'missing'; readonly expected: Row }
  | { readonly kind: 'extra'; readonly actual: Row }
  /** `changed` are the positions of the cells that differ. */
  | { readonly kind: 'changed'; readonly expected: Row; readonly actual: Row; readonly changed: readonly number[] };

export interface Comparison {
  readonly isOrdered: boolean;
  /** Positions of cells that are doubles. */
  readonly doubles: ReadonlySet<number>;
  /** How far apart these may be; undefined for a share of their size. */
  readonly tolerance: number | undefined;
  /** Positions of the cells that tell rows apart; empty where these are not all compared. */
  readonly key: readonly number[];
}

/** What doubles may differ by, of the larger one: sums in another order come out so. */
const relativeTolerance = 1e-9;

/** The differences in the order of the expected rows, rows that nobody expects last; none where all is as expected. */
export function compareRows(
  expected: readonly Row[],
  actual: readonly Row[],
  comparison: Comparison,
): readonly RowDifference[] {
  if (comparison.isOrdered) return comparePositions(expected, actual, comparison);
  const { unmatched, left } = matchEqual(expected, actual, comparison);
  const differences = unmatched.map((row): RowDifference => {
    const found = counterpart(row, left, comparison);
    if (found === undefined) return { kind: 'missing', expected: row };
    left.splice(left.indexOf(found), 1);
    return changedRow(row, found, comparison);
  });
  return [...differences, ...left.map((row): RowDifference => ({ kind: 'extra', actual: row }))];
}

function comparePositions(
  expected: readonly Row[],
  actual: readonly Row[],
  comparison: Comparison,
): readonly RowDifference[] {
  const places = Array.from({ length: Math.max(expected.length, actual.length) }, (_, index) => index);
  return places.flatMap((index): readonly RowDifference[] => {
    const [wanted, found] = [expected[index], actual[index]];
    if (wanted === undefined) return found === undefined ? [] : [{ kind: 'extra', actual: found }];
    if (found === undefined) return [{ kind: 'missing', expected: wanted }];
    const difference = changedRow(wanted, found, comparison);
    return difference.changed.length === 0 ? [] : [difference];
  });
}

function changedRow(expected: Row, actual: Row, comparison: Comparison) {
  return { kind: 'changed', expected, actual, changed: changedCells(expected, actual, comparison) } as const;
}

/** Each expected row takes one equal row that is there; what both sides have left. */
function matchEqual(expected: readonly Row[], actual: readonly Row[], comparison: Comparison) {
  const alike = new Map<string, Row[]>();
  for (const row of actual) {
    const text = exactText(row, comparison);
    alike.set(text, [...(alike.get(text) ?? []), row]);
  }
  const taken = new Set<Row>();
  const unmatched = expected.filter((row) => {
    const candidates = alike.get(exactText(row, comparison)) ?? [];
    const found = candidates.find((other) => !taken.has(other) && changedCells(row, other, comparison).length === 0);
    if (found !== undefined) taken.add(found);
    return found === undefined;
  });
  return { unmatched, left: actual.filter((row) => !taken.has(row)) };
}

/** All cells that must be equal exactly. */
function exactText(row: Row, { doubles }: Comparison): string {
  return JSON.stringify(row.filter((_, index) => !doubles.has(index)).map(textOf));
}

/** The row that was probably meant: that of the same key, else the one with most cells alike, at least half of them. */
function counterpart(row: Row, left: readonly Row[], comparison: Comparison): Row | undefined {
  const { key } = comparison;
  if (key.length > 0) {
    return left.find((other) => key.every((index) => isEqual(row, other, index, comparison)));
  }
  const [best] = left
    .map((other) => ({ other, differing: changedCells(row, other, comparison).length }))
    .sort((one, two) => one.differing - two.differing);
  return best !== undefined && best.differing * 2 <= row.length ? best.other : undefined;
}

function changedCells(expected: Row, actual: Row, comparison: Comparison): readonly number[] {
  return expected.flatMap((_, index) => (isEqual(expected, actual, index, comparison) ? [] : [index]));
}

function isEqual(expected: Row, actual: Row, index: number, { doubles, tolerance }: Comparison): boolean {
  const [one = null, two = null] = [expected[index], actual[index]];
  if (one === null || two === null) return one === two;
  if (!doubles.has(index) || textOf(one) === textOf(two)) return textOf(one) === textOf(two);
  const [left, right] = [Number(one), Number(two)];
  return Math.abs(left - right) <= (tolerance ?? relativeTolerance * Math.max(Math.abs(left), Math.abs(right)));
}

/** A number is the same whether the driver gave it as a number, bigint or text. */
function textOf(cell: Cell): string | null {
  if (cell === null) return null;
  return cell instanceof Uint8Array ? Buffer.from(cell).toString('hex') : String(cell);
}
