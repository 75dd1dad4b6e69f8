/** Every value of a key is in one part, whatever the bounds were when they were looked at. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type KeyPart, partsOf } from '../../src/extract/key-parts.js';

const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });

test('every value is in one part', () => {
  fc.assert(
    fc.property(integer, integer, fc.integer({ min: 2, max: 8 }), integer, (one, other, readers, value) => {
      const [least, most] = one < other ? [one, other] : [other, one];
      const parts = partsOf({ least, most }, readers);
      const edges = parts.flatMap(({ after }) => (after === undefined ? [] : [BigInt(String(after[0]))]));
      for (const key of [value, least, most, ...edges, ...edges.map((edge) => edge + 1n)]) {
        if (parts.filter((part) => holds(part, key)).length !== 1) throw new Error(`${key} is not in one part`);
      }
    }),
  );
});

test('a table without rows, or with few keys, is one part', () => {
  expect(partsOf(undefined, 4)).toEqual([{}]);
  expect(partsOf({ least: 1n, most: 99_999n }, 4)).toEqual([{}]);
  expect(partsOf({ least: 1n, most: 2_000_000n }, 4)).toHaveLength(64);
});

function holds({ after, upTo }: KeyPart, value: bigint): boolean {
  const isBehind = after === undefined || value > BigInt(String(after[0]));
  return isBehind && (upTo === undefined || value <= BigInt(String(upTo)));
}
