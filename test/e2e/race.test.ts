/** The race of `npm run test:chaos` over a few runs, so that the tests always have one. */
import { expect, test } from 'vitest';
import { expectNoneLost, writers } from '../chaos/race.js';

test(`what ${writers} writers commit late over three runs is not lost`, async () => {
  const { written } = await expectNoneLost('duckdb', 2000, 3);
  expect(written.lateCommits).toBeGreaterThan(0);
});
