/** Finds the ranges of a key in which two sides differ: coarse ones first, and those that differ in parts. Pure but for what the sides ask. */
import {
  hashBits,
  hasIntegerLead,
  type KeyRanges,
  type RangeBounds,
  type RangeScale,
  type RangeSummary,
} from '../engines/ranges.js';
import type { Column } from '../engines/types.js';

/** The source as its snapshot shows it, or staging as it will be. */
export interface RangeSide {
  bounds(): Promise<RangeBounds | undefined>;
  /** Ranges that hold a row, in any order; of all rows where `within` is undefined. */
  summarize(scale: RangeScale, within: KeyRanges | undefined): Promise<readonly RangeSummary[]>;
}

export interface Differing {
  /** Where the sides differ; undefined where most rows are in such ranges, or no ranges can be made: everywhere. */
  readonly ranges: KeyRanges | undefined;
  /** Rows that were summed up, and those of them in ranges that differ; of the side that has more. */
  readonly rowsCompared: number;
  readonly rowsInRanges: number;
}

/** How many ranges the first look has, and into how many parts one that differs is divided at most, as powers of two. */
const firstBits = 11;
/** Each look at hashes is at all rows, so that one by parts is finer, and not worth another for less than an eighth of the rows. */
const firstHashBits = 12;
const fewOfHashed = 1 / 8;
const partBits = 6;
/** All parts of a look at integers together: each is a row that a server sends. */
const mostPartBits = 13;
/** Ranges of so many rows are read rather than divided again; of the first look, all that differ together. */
const smallRange = 5000;
const fewRows = 32;

export const everywhere: Differing = { ranges: undefined, rowsCompared: 0, rowsInRanges: 0 };

/**
 * The rows of a key with a double in it have no place among ranges: then everywhere. So where hashes differ and `isReadSooner`,
 * since a look at their parts costs the source more than reading all.
 */
export async function findDiffering(
  columns: readonly Column[],
  key: readonly string[],
  left: RangeSide,
  right: RangeSide,
  isReadSooner = false,
): Promise<Differing> {
  if (columns.some(({ name, type }) => key.includes(name) && (type.kind === 'double' || type.kind === 'float'))) {
    return everywhere;
  }
  const summarizeBoth = (at: RangeScale, within?: KeyRanges) =>
    Promise.all([left.summarize(at, within), right.summarize(at, within)]);
  let scale = hasIntegerLead(columns, key) ? await leadingScale(left, right) : hashScale;
  let sides = await summarizeBoth(scale.place === 'hash' ? wholeScale : scale);
  let found = differing(...sides);
  if (scale.place === 'hash' && found.length > 0) {
    if (isReadSooner)
      return { ...everywhere, rowsCompared: Math.max(...sides.map(rowsOf)), rowsInRanges: rowsOf(found) };
    sides = await summarizeBoth(scale);
    found = differing(...sides);
  }
  const rowsCompared = Math.max(...sides.map(rowsOf));
  for (let look = 1; scale.shift > 0 && isWorthDividing(scale, found, rowsCompared, look); look++) {
    const within = toRanges(scale, found);
    scale = { ...scale, shift: Math.max(0, scale.shift - bitsOfParts(scale, found.length)) };
    found = differing(...(await summarizeBoth(scale, within)));
  }
  const rowsInRanges = rowsOf(found);
  const isMost = rowsCompared > smallRange && rowsInRanges * 2 > rowsCompared;
  return { ranges: isMost ? undefined : toRanges(scale, found), rowsCompared, rowsInRanges };
}

function bitsOfParts({ place }: RangeScale, ranges: number): number {
  if (place === 'hash') return partBits;
  return Math.max(1, Math.min(partBits, mostPartBits - Math.ceil(Math.log2(ranges))));
}

/** The first look is coarse where there are many rows, so that its ranges say little of where most differ; the second is not. */
function isWorthDividing({ place }: RangeScale, found: readonly Found[], rowsCompared: number, look: number): boolean {
  const rows = rowsOf(found);
  if (look === 1) return rows > (place === 'hash' ? Math.max(fewRows, rowsCompared * fewOfHashed) : fewRows);
  return rows * 2 <= rowsCompared && found.some((range) => range.rows > smallRange);
}

const hashScale: RangeScale = { place: 'hash', origin: 0n, shift: hashBits - firstHashBits };
/** Of sides that agree this is the only look, at half the time: a row's part is a second digest of it, and is grouped by. */
const wholeScale: RangeScale = { ...hashScale, shift: hashBits };

const narrowKeys = 2n ** 31n;

/** No number of a range overflows a signed integer of 64 bits: keys that lie farther apart are hashed. */
async function leadingScale(left: RangeSide, right: RangeSide): Promise<RangeScale> {
  const bounds = (await Promise.all([left.bounds(), right.bounds()])).flatMap((it) => it ?? []);
  const least = bounds.reduce((found, it) => (it.least < found ? it.least : found), bounds[0]?.least ?? 0n);
  const most = bounds.reduce((found, it) => (it.most > found ? it.most : found), bounds[0]?.most ?? 0n);
  const bits = (most - least).toString(2).length;
  if (bits > 63) return hashScale;
  const isNarrow = least >= 0n && most < narrowKeys;
  return { place: 'leading', origin: least, shift: Math.max(0, bits - firstBits), isNarrow };
}

interface Found {
  readonly number: bigint;
  readonly rows: number;
}

function differing(left: readonly RangeSummary[], right: readonly RangeSummary[]): readonly Found[] {
  const others = new Map(right.map((summary) => [summary.number, summary]));
  const numbers = new Set(left.map(({ number }) => number));
  const onlyRight = right.filter(({ number }) => !numbers.has(number));
  return [
    ...left.filter((summary) => !isSame(summary, others.get(summary.number))),
    ...onlyRight.filter(({ rows }) => rows > 0),
  ].map(({ number, rows }) => ({ number, rows: Math.max(rows, others.get(number)?.rows ?? 0) }));
}

function isSame(left: RangeSummary, right: RangeSummary | undefined): boolean {
  if (left.opaqueRows > 0 || (right?.opaqueRows ?? 0) > 0) return false;
  return left.rows === (right?.rows ?? 0) && left.checksum === (right?.checksum ?? 0n);
}

export function rowsOf(ranges: readonly { readonly rows: number }[]): number {
  return ranges.reduce((sum, { rows }) => sum + rows, 0);
}

function toRanges(scale: RangeScale, found: readonly Found[]): KeyRanges {
  const numbers = found.map(({ number }) => number).sort((left, right) => (left < right ? -1 : Number(left > right)));
  return { scale, numbers };
}
