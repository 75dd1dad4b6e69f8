/** The histories of histories.test.ts on a server; of the random ones that are asked for a twentieth. */
import { test, vi } from 'vitest';
import { checkHistories } from './check-histories.js';
import { mysqlPlace } from './places.js';
import { historyFolder, limitMs, wanted } from './surroundings.js';

vi.mock('../../src/engines/registry.js', async (original) => (await import('./engines.js')).registryOf(original));

const root = historyFolder();

test(
  'on MySQL every table equals its rebuild and what it must be, after any history',
  async () => {
    const newPlace = () => mysqlPlace(root);
    const random = Math.ceil((wanted ?? 20) / 20);
    await checkHistories({ root, newPlace, counts: new Map() }, { random, cannot: ['redefine the time zone'] });
  },
  limitMs,
);
