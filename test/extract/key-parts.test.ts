/** Every value of a key is in one part, whatever the bounds were when they were looked at. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type KeyPart, partsOf } from '../../src/extract/key-parts.js';

const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });

test('every value is in one part', () => {
  fc.assert(
    fc.property(integer, integer, fc.integer({ min: 2, max: 32 }), integer, (one, other, readers, value) => {
      const [least, most] = one < other ? [one, other] : [other, one];
      const parts = partsOf({ least, most }, readers);
      for (const key of [value, least, most, ...parts.flatMap(({ upTo }) => (upTo === undefined ? [] : [upTo]))]) {
        expect(parts.filter((part) => holds(part, BigInt(String(key))))).toHaveLength(1);
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
