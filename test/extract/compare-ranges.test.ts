/** Which ranges of a key are said to differ, and what is asked for to find that out. */
import { assert, asyncProperty, bigInt, uniqueArray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeyRanges, RangeScale } from '../../src/engines/ranges.js';
import type { Column } from '../../src/engines/types.js';
import { findDiffering, type RangeSide } from '../../src/extract/compare-ranges.js';
import { boundsOf, isWithin, summarizeRows } from '../engines/range-model.js';

const columns: readonly Column[] = [
  { name: 'id', type: { kind: 'integer', bits: 64, unsigned: false }, nullable: false },
  { name: 'name', type: { kind: 'text' }, nullable: false },
  { name: 'weight', type: { kind: 'double' }, nullable: false },
];
const key = ['id'];

interface Asked {
  readonly scale: RangeScale;
  readonly within: KeyRanges | undefined;
}

function sideOf(ids: readonly bigint[], asked: Asked[] = []): RangeSide {
  const rows = ids.map((id) => ({ id }));
  return {
    bounds: async () => boundsOf(rows, key),
    summarize: async (scale, within) => {
      asked.push({ scale, within });
      return summarizeRows(rows, { key, content: 'key', scale, within, conditions: [] });
    },
  };
}

function sideOfNames(names: readonly string[], asked: Asked[] = []): RangeSide {
  const rows = names.map((name) => ({ name }));
  return {
    bounds: async () => undefined,
    summarize: async (scale, within) => {
      asked.push({ scale, within });
      return summarizeRows(rows, { key: ['name'], content: 'key', scale, within, conditions: [] });
    },
  };
}

const numbers = (count: number, of: (at: number) => bigint = BigInt) =>
  Array.from({ length: count }, (_, at) => of(at));

describe('the ranges that differ', () => {
  test('are none where both sides hold the same keys, found by one look', async () => {
    const asked: Asked[] = [];
    const ids = numbers(30_000);
    const found = await findDiffering(columns, key, sideOf(ids), sideOf(ids, asked));
    expect(found).toMatchObject({ ranges: { numbers: [] }, rowsCompared: 30_000, rowsInRanges: 0 });
    expect(asked).toHaveLength(1);
  });

  test('are one, with a few rows in it, where one key is gone', async () => {
    const ids = numbers(30_000);
    const found = await findDiffering(columns, key, sideOf(ids.filter((id) => id !== 20_000n)), sideOf(ids));
    expect(found.ranges?.numbers).toHaveLength(1);
    expect(found.rowsInRanges).toBeLessThanOrEqual(16);
  });

  test('are divided before they are called most of the rows: few keys that are gone from all of the coarse ones', async () => {
    const asked: Asked[] = [];
    const ids = numbers(30_000);
    const found = await findDiffering(columns, key, sideOf(ids.filter((id) => id % 200n !== 7n)), sideOf(ids, asked));
    expect(asked).toHaveLength(2);
    expect(found.ranges?.numbers).toHaveLength(150);
    expect(found.rowsInRanges).toBeLessThanOrEqual(150 * 4);
  });

  test('are divided into no more parts together than a server sends rows of, where keys are gone from all of them', async () => {
    const asked: Asked[] = [];
    const ids = numbers(16_384);
    const found = await findDiffering(columns, key, sideOf(ids.filter((id) => id % 8n !== 7n)), sideOf(ids, asked));
    expect(asked.map(({ scale }) => scale.shift)).toEqual([3, 1]);
    expect(found.ranges?.numbers).toHaveLength(2_048);
  });

  test('are told apart by the hash of narrow keys where both sides have these alone', async () => {
    const isNarrow = async (...bounds: readonly bigint[]) => {
      const asked: Asked[] = [];
      await findDiffering(columns, key, sideOf(bounds), sideOf([5n], asked));
      return asked[0]?.scale.isNarrow;
    };
    expect(await isNarrow(0n, 2n ** 31n - 1n)).toBe(true);
    expect(await isNarrow(0n, 2n ** 31n)).toBe(false);
    expect(await isNarrow(-1n, 9n)).toBe(false);
  });

  test('are divided until they are small, however the keys lie', async () => {
    // Nearly all keys lie close together, and one far away.
    const ids = [...numbers(40_000), 2n ** 60n];
    const asked: Asked[] = [];
    const found = await findDiffering(columns, key, sideOf(ids), sideOf([...ids, 2n ** 59n], asked));
    expect(found).toMatchObject({ rowsInRanges: 1 });
    const lopsided = [...numbers(20_000), ...numbers(30_000, (at) => 2n ** 60n + BigInt(at) * 2n ** 40n)];
    const missing = lopsided.filter((id) => id !== 7n);
    const small = await findDiffering(columns, key, sideOf(lopsided, asked), sideOf(missing));
    expect(small.rowsInRanges).toBeLessThanOrEqual(5000);
    expect(asked.at(-1)?.within?.numbers.length).toBeGreaterThan(0);
    expect(small.ranges && isWithin({ id: 7n }, key, small.ranges)).toBe(true);
  });

  test('are none of a key that is hashed, found by one look at all rows as one', async () => {
    const asked: Asked[] = [];
    const names = numbers(8_000).map((at) => `k${at}`);
    const found = await findDiffering(columns, ['name'], sideOfNames(names), sideOfNames(names, asked));
    expect(found).toMatchObject({ ranges: { numbers: [] }, rowsCompared: 8_000, rowsInRanges: 0 });
    expect(asked.map(({ scale }) => scale.shift)).toEqual([64]);
  });

  test('are parts of a hash where such keys are gone, divided again only where they hold much', async () => {
    const asked: Asked[] = [];
    const names = numbers(8_000).map((at) => `k${at}`);
    const lost = (every: number) => names.filter((_, at) => at % every !== 7);
    const few = await findDiffering(columns, ['name'], sideOfNames(lost(1000)), sideOfNames(names, asked));
    expect(asked.map(({ scale }) => scale.shift)).toEqual([64, 52]);
    expect(few.ranges?.numbers).toHaveLength(8);
    expect(few.rowsInRanges).toBeLessThan(200);
    const isFound = (name: string) => few.ranges !== undefined && isWithin({ name }, ['name'], few.ranges);
    expect(names.filter((_, at) => at % 1000 === 7).every(isFound)).toBe(true);
    asked.length = 0;
    const many = await findDiffering(columns, ['name'], sideOfNames(lost(10)), sideOfNames(names, asked));
    expect(asked.map(({ scale }) => scale.shift)).toEqual([64, 52, 46]);
    expect(many.rowsInRanges).toBeLessThan(1000);
  });

  test('are all of a key that is hashed where reading it costs less than a look at its parts, and none where both sides agree', async () => {
    const asked: Asked[] = [];
    const names = numbers(8_000).map((at) => `k${at}`);
    const find = (there: readonly string[]) =>
      findDiffering(columns, ['name'], sideOfNames(there), sideOfNames(names, asked), true);
    expect(await find(names.slice(1))).toEqual({ ranges: undefined, rowsCompared: 8_000, rowsInRanges: 8_000 });
    expect(await find(names)).toMatchObject({ ranges: { numbers: [] } });
    expect(asked.map(({ scale }) => scale.shift)).toEqual([64, 64]);
    const ids = numbers(8_000);
    const few = await findDiffering(columns, key, sideOf(ids.slice(1)), sideOf(ids), true);
    expect(few.ranges?.numbers).toHaveLength(1);
  });

  test('are all where most rows differ, and of a key that is a double', async () => {
    const odd = numbers(20_000, (at) => BigInt(at * 2 + 1));
    expect((await findDiffering(columns, key, sideOf(odd), sideOf(numbers(20_000)))).ranges).toBeUndefined();
    expect((await findDiffering(columns, ['weight'], sideOf([]), sideOf([]))).ranges).toBeUndefined();
  });

  test('hold every key that one side alone has, whatever the keys are', async () => {
    const ids = uniqueArray(bigInt(-60n, 60n), { maxLength: 60 });
    await assert(
      asyncProperty(ids, ids, async (left, right) => {
        const { ranges } = await findDiffering(columns, key, sideOf(left), sideOf(right));
        const differing = [...left, ...right].filter((id) => left.includes(id) !== right.includes(id));
        expect(differing.every((id) => ranges !== undefined && isWithin({ id }, key, ranges))).toBe(true);
        expect(ranges?.numbers.length === 0).toBe(differing.length === 0);
      }),
    );
  });
});
