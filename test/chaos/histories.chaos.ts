/** Random histories on DuckDB: thousands of them in the long form. See test/property/histories.test.ts. */
import { test, vi } from 'vitest';
import { checkHistories } from '../property/check-histories.js';
import { duckdbPlace } from '../property/places.js';
import { historyFolder } from '../property/surroundings.js';
import { isLong } from './form.js';

vi.mock('../../src/engines/registry.js', async (original) =>
  (await import('../property/engines.js')).registryOf(original),
);

const root = historyFolder();
const random = isLong ? 2000 : 20;
/** Two or three seconds for each on a busy machine; a failure is shrunk. */
const limitMs = random * 10_000 + 600_000;

test(
  `after each of ${random} random histories every table equals its rebuild and what it must be`,
  async () => {
    const newPlace = async () => duckdbPlace(root);
    const cannot = ['run that dies before a publish, run: died'];
    await checkHistories({ root, newPlace, counts: new Map() }, { random, cannot });
  },
  limitMs,
);
