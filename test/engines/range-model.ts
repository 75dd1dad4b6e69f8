/** Rows in memory summed up by ranges of a key of one column, as databases do: the arithmetic of `range-sql.ts` a second time. */
import { createHash } from 'node:crypto';
import type { KeyRanges, RangeBounds, RangeScale, RangeSummary, SummaryRequest } from '../../src/engines/ranges.js';
import type { Cell } from '../../src/engines/types.js';

type Row = Readonly<Record<string, Cell>>;

export function boundsOf(rows: readonly Row[], key: readonly string[]): RangeBounds | undefined {
  const keys = rows.map((row) => keyOf(row, key));
  if (keys.length === 0) return undefined;
  return { least: keys.reduce((a, b) => (a < b ? a : b)), most: keys.reduce((a, b) => (a > b ? a : b)) };
}

export function summarizeRows(rows: readonly Row[], request: SummaryRequest): readonly RangeSummary[] {
  const { key, scale, within, conditions } = request;
  const sums = new Map<bigint, RangeSummary>();
  for (const row of rows) {
    if (conditions.some(({ column, is }) => is === 'unset' && (row[column] ?? null) !== null)) continue;
    if (within !== undefined && !isWithin(row, key, within)) continue;
    const number = numberOf(row, key, scale);
    const { rows: before, checksum } = sums.get(number) ?? { rows: 0, checksum: 0n };
    sums.set(number, { number, rows: before + 1, checksum: checksum ^ checksumOf(row, key, scale), opaqueRows: 0 });
  }
  return [...sums.values()];
}

export function isWithin(row: Row, key: readonly string[], { scale, numbers }: KeyRanges): boolean {
  return numbers.includes(numberOf(row, key, scale));
}

function keyOf(row: Row, [name = '']: readonly string[]): bigint {
  return BigInt(String(row[name]));
}

function numberOf(row: Row, key: readonly string[], { place, origin, shift }: RangeScale): bigint {
  if (place === 'hash') return digestOf(row, key) >> BigInt(shift);
  return (keyOf(row, key) - origin) >> BigInt(shift);
}

function digestOf(row: Row, [name = '']: readonly string[]): bigint {
  const digest = createHash('sha256').update(String(row[name])).digest('hex');
  return BigInt(`0x${digest.slice(0, 16)}`);
}

/** Of texts that are no numbers, the digest that their hash is taken from. */
function checksumOf(row: Row, key: readonly string[], { isNarrow }: RangeScale): bigint {
  if (!/^-?\d+$/.test(String(row[key[0] ?? '']))) return digestOf(row, key);
  return isNarrow === true ? narrowHashOf(keyOf(row, key)) : hashOf(keyOf(row, key));
}

const low32 = 4_294_967_295n;

export function narrowHashOf(key: bigint): bigint {
  const low = BigInt.asUintN(31, key);
  return ((low * 2_654_435_761n) & low32) * (low ^ 3_266_489_917n);
}

function hashOf(key: bigint): bigint {
  const whole = BigInt.asUintN(64, key);
  const mixed = ((whole & low32) * 2_654_435_761n) ^ ((whole >> 32n) * 2_246_822_519n);
  return mixed ^ (((mixed >> 15n) & low32) * 4_294_967_291n);
}
