/** Two lists of keys beside each other: whatever order each is in, what is found is what a set would say. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packRows } from '../../src/engines/rows.js';
import type { RowBatch } from '../../src/engines/types.js';
import { differingKeys } from '../../src/load/differing-keys.js';
import type { KeyRow } from '../../src/load/key-rows.js';

async function* inBatches(rows: readonly KeyRow[], size: number): AsyncGenerator<RowBatch> {
  for (let at = 0; at < rows.length; at += size) yield packRows(rows.slice(at, at + size));
}

/** A number and a text; the third cell marks a row that is as good as not there. */
const ours = { width: 3, key: [0, 1], mark: { at: 2, orZero: true }, skipsMarked: true };
/** The text before the number; the third cell marks. */
const theirs = { width: 3, key: [1, 0], mark: { at: 2, orZero: false } };
const isInteger = [true, false];

interface Row {
  readonly number: number;
  readonly text: string;
  readonly mark: string | null;
}

const row = fc.record({
  number: fc.integer({ min: -3, max: 12 }),
  text: fc.constantFrom('', 'a', 'A', 'é', 'a1', '1', '1:'),
  mark: fc.constantFrom(null, null, null, '0', '1', '2024-01-01'),
});
const nameOf = ({ number, text }: Pick<Row, 'number' | 'text'>) => `${number}/${text}`;
const rows = fc.uniqueArray(row, { selector: nameOf, maxLength: 40 });
/** How a side is ordered: as its key is, as texts are, or at random. */
const order = fc.constantFrom<'key' | 'text' | 'any'>('key', 'text', 'any');

function sorted(list: readonly Row[], by: 'key' | 'text' | 'any'): readonly Row[] {
  if (by === 'any') return list;
  const byText = (left: Row, right: Row) => (left.text < right.text ? -1 : left.text > right.text ? 1 : 0);
  if (by === 'text') return list.toSorted((left, right) => byText(left, right) || left.number - right.number);
  return list.toSorted((left, right) => left.number - right.number || byText(left, right));
}

test('what is found are the rows that the other side has not, or marked', async () => {
  await fc.assert(
    fc.asyncProperty(
      rows,
      rows,
      order,
      order,
      fc.integer({ min: 1, max: 9 }),
      async (left, right, ofLeft, ofRight, size) => {
        const leftRows = sorted(left, ofLeft).map(({ number, text, mark }) => [String(number), text, mark]);
        const rightRows = sorted(right, ofRight).map(({ number, text, mark }) => [text, String(number), mark]);
        const { found, leftRows: count } = await differingKeys(
          { ...ours, batches: inBatches(leftRows, size) },
          { ...theirs, batches: inBatches(rightRows, size + 1) },
          isInteger,
        );
        const there = left.filter(({ mark }) => mark === null || mark === '0');
        const living = right.filter(({ mark }) => mark === null);
        const without = (rows: readonly Row[], others: readonly Row[]) => {
          const names = new Set(others.map(nameOf));
          return rows.map(nameOf).filter((name) => !names.has(name));
        };
        const marked = right.filter(({ mark }) => mark !== null).map(nameOf);
        const latin = (names: readonly string[]) => names.map((name) => Buffer.from(name).toString('latin1')).sort();
        expect(count).toBe(left.length);
        expect(found?.left.map(([number, text]) => `${number}/${text}`).sort()).toEqual(latin(without(there, living)));
        expect(found?.right.map(([text, number]) => `${number}/${text}`).sort()).toEqual(
          latin([...without(living, there), ...marked]),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('more than may be kept is found out to be too much, and both sides are read to their end', async () => {
  const ended: string[] = [];
  const side = async function* (name: string, prefix: string) {
    for (let batch = 0; batch < 5; batch++) {
      yield packRows(Array.from({ length: 10 }, (_, at) => [`${prefix}${batch}${at}`]));
    }
    ended.push(name);
  };
  const key = { width: 1, key: [0] };
  const compare = (most: number, other = 'b') =>
    differingKeys({ ...key, batches: side('left', 'a') }, { ...key, batches: side('right', other) }, [false], most);
  expect((await compare(99)).found).toBeUndefined();
  expect((await compare(100)).found?.right).toHaveLength(50);
  expect((await compare(0, 'a')).found).toEqual({ left: [], right: [] });
  expect(ended).toHaveLength(6);
});

test('where the source fails, staging is stopped and read to its end; where it had not begun, it is left alone', async () => {
  const key = { width: 1, key: [0] };
  const attempt = async (good: number) => {
    const seen: string[] = [];
    const broken = async function* () {
      for (let at = 0; at < good; at++) yield packRows([['0']]);
      throw new Error('the connection is gone');
    };
    const whole = async function* () {
      seen.push('begun');
      for (let at = 0; at < 5; at++) yield packRows([[`${at}`]]);
      seen.push('ended');
    };
    const stop = async () => void seen.push('stopped');
    const compared = differingKeys({ ...key, batches: broken() }, { ...key, batches: whole(), stop }, [false]);
    await expect(compared).rejects.toThrow('the connection is gone');
    return seen;
  };
  expect(await attempt(1)).toEqual(['begun', 'stopped', 'ended']);
  expect(await attempt(0)).toEqual([]);
});

test('where staging fails, the source is let go at once', async () => {
  const key = { width: 1, key: [0] };
  const seen: string[] = [];
  const endless = async function* () {
    try {
      for (;;) yield packRows([['a']]);
    } finally {
      seen.push('let go');
    }
  };
  const broken = async function* () {
    yield packRows([['0']]);
    throw new Error('the connection is gone');
  };
  const compared = differingKeys({ ...key, batches: endless() }, { ...key, batches: broken() }, [false]);
  await expect(compared).rejects.toThrow('the connection is gone');
  expect(seen).toEqual(['let go']);
});
