/** Twelve writers against a loader that runs again and again: no row is lost, none is stale, none stays that was deleted. */
import { describe, expect, test } from 'vitest';
import { targets } from '../e2e/lab.js';
import { isLong } from './form.js';
import { expectNoneLost, writers } from './race.js';

describe.each(targets)('into %s', (target) => {
  test(`what ${writers} writers commit, early and late, is all there and nothing else`, async () => {
    const { written } = await expectNoneLost(target, isLong ? 25_000 : 8000, 3);
    expect(Object.entries(written).filter(([, count]) => count === 0)).toEqual([]);
  });
});
