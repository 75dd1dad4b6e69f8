/** How the rows of a source are asked for where they are summed up. */
import { expect, test } from 'vitest';
import type { RangeScale, RangeSummary, SummaryRequest } from '../../src/engines/ranges.js';
import type { RowLoad } from '../../src/extract/load-rows.js';
import { sourceSide } from '../../src/extract/source-side.js';
import { sourceOf } from './sources.js';

const scale: RangeScale = { place: 'leading', origin: 0n, shift: 4 };

/** Sums up a key from 0 to 99 * 16, of which the range `number` holds so many rows; what was asked for, and told. */
async function sumUp(rowsOf: (number: bigint) => number, ordersByKey: boolean, asked: SummaryRequest[] = []) {
  const told: number[] = [];
  const summarize = async (_read: unknown, _columns: unknown, request: SummaryRequest) => {
    asked.push(request);
    const numbers = request.within?.numbers ?? Array.from({ length: 100 }, (_, at) => BigInt(at));
    return numbers.map((number): RangeSummary => ({ number, rows: rowsOf(number), checksum: 0n, opaqueRows: 0 }));
  };
  const snapshot = {
    bounds: async () => ({ least: 0n, most: 99n * 16n }),
    ordersByKey: async () => ordersByKey,
    summarize,
  };
  const load = {
    source: sourceOf('t', undefined),
    snapshot,
    read: { key: ['id'] },
    columns: [],
    signal: new AbortController().signal,
    onCompared: (rows: number) => told.push(rows),
  } as unknown as RowLoad;
  const side = sourceSide(load, { content: 'key', since: undefined });
  await side.bounds();
  const sums = await side.summarize(scale, undefined);
  // What is looked at again is not more to look at.
  await side.summarize(scale, { scale, numbers: [0n] });
  expect(told.pop()).toBe(told.at(-1));
  asked.pop();
  return { sums, told, parts: asked.map(({ within }) => within?.numbers.length) };
}

test('of a key with few rows the parts grow, and together they are all ranges', async () => {
  const asked: SummaryRequest[] = [];
  const { sums, parts, told } = await sumUp(() => 10, true, asked);
  expect(parts).toEqual([1, 4, 16, 64, 15]);
  expect(asked.flatMap(({ within }) => within?.numbers)).toEqual(sums.map(({ number }) => number));
  expect(sums).toHaveLength(100);
  expect(told).toEqual([10, 50, 210, 850, 1000]);
});

test('of one with many each range is a part, also where it begins with few', async () => {
  const { parts } = await sumUp((number) => (number < 5n ? 0 : 120_000), true);
  expect(parts.slice(0, 5)).toEqual([1, 4, 16, 4, 1]);
  expect(parts.slice(4).every((size) => size === 1)).toBe(true);
});

test('where no index finds a part, all rows are summed up at once', async () => {
  const { parts, told } = await sumUp(() => 60_000, false);
  expect(parts).toEqual([undefined]);
  expect(told).toEqual([6_000_000]);
});
