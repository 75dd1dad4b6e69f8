/** Two lists of keys beside each other: whatever order each is in, what is found is what a set would say. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packRows } from '../../src/engines/rows.js';
import type { RowBatch } from '../../src/engines/types.js';
import { differingKeys, type KeyRow } from '../../src/load/differing-keys.js';

async function* inBatches(rows: readonly KeyRow[], size: number): AsyncGenerator<RowBatch> {
  for (let at = 0; at < rows.length; at += size) yield packRows(rows.slice(at, at + size));
}

/** A number and a text; the third cell marks. */
const ours = { width: 3, key: [0, 1], mark: 2 };
/** The text before the number, and nothing that marks. */
const theirs = { width: 2, key: [1, 0], mark: undefined };
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

test('what is found are the rows that the other side has not, and both of a marked one', async () => {
  await fc.assert(
    fc.asyncProperty(
      rows,
      rows,
      order,
      order,
      fc.integer({ min: 1, max: 9 }),
      async (left, right, ofLeft, ofRight, size) => {
        const leftRows = sorted(left, ofLeft).map(({ number, text, mark }) => [String(number), text, mark]);
        const rightRows = sorted(right, ofRight).map(({ number, text }) => [text, String(number)]);
        const { found, leftRows: count } = await differingKeys(
          { ...ours, batches: inBatches(leftRows, size) },
          { ...theirs, batches: inBatches(rightRows, size + 1) },
          isInteger,
        );
        const isMarked = ({ mark }: Row) => mark !== null && mark !== '0';
        const agreeing = new Set(left.filter((row) => !isMarked(row)).map(nameOf));
        const there = new Set(right.map(nameOf));
        expect(count).toBe(left.length);
        const latin = (text: string) => Buffer.from(text).toString('latin1');
        expect(found?.left.map(([number, text]) => `${number}/${text}`).sort()).toEqual(
          left
            .filter((row) => isMarked(row) || !there.has(nameOf(row)))
            .map((row) => latin(nameOf(row)))
            .sort(),
        );
        expect(found?.right.map(([text, number]) => `${number}/${text}`).sort()).toEqual(
          right
            .filter((row) => !agreeing.has(nameOf(row)))
            .map((row) => latin(nameOf(row)))
            .sort(),
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
  const key = { width: 1, key: [0], mark: undefined };
  const compare = (most: number, other = 'b') =>
    differingKeys({ ...key, batches: side('left', 'a') }, { ...key, batches: side('right', other) }, [false], most);
  expect((await compare(99)).found).toBeUndefined();
  expect((await compare(100)).found?.right).toHaveLength(50);
  expect((await compare(0, 'a')).found).toEqual({ left: [], right: [] });
  expect(ended).toHaveLength(6);
});

test('where one side fails the other is read to its end, and its error is told', async () => {
  let hasEnded = false;
  const broken = async function* () {
    yield packRows([['a']]);
    throw new Error('the connection is gone');
  };
  const whole = async function* () {
    for (let at = 0; at < 5; at++) yield packRows([[`${at}`]]);
    hasEnded = true;
  };
  const key = { width: 1, key: [0], mark: undefined };
  const compared = differingKeys({ ...key, batches: broken() }, { ...key, batches: whole() }, [false]);
  await expect(compared).rejects.toThrow('the connection is gone');
  expect(hasEnded).toBe(true);
});
