/**
 * Whole histories: whatever the application writes, whoever changes definitions, however runs end, every table equals its
 * rebuild and an independent computation. Those of every-operation.ts are played and a few random ones; CHAT_ETL_HISTORIES=5000
 * says how many, and CHAT_ETL_SEED=… plays the same again.
 */
import { test, vi } from 'vitest';
import { checkHistories } from './check-histories.js';
import { duckdbPlace } from './places.js';
import { historyFolder, limitMs, wanted } from './surroundings.js';

vi.mock('../../src/engines/registry.js', async (original) => (await import('./engines.js')).registryOf(original));

const root = historyFolder();

test(
  'on DuckDB every table equals its rebuild and what it must be, after any history',
  async () => {
    const newPlace = async () => duckdbPlace(root);
    // There what is committed is published.
    const cannot = ['run that dies before a publish, run: died'];
    await checkHistories({ root, newPlace, counts: new Map() }, { random: wanted ?? 2, cannot });
  },
  limitMs,
);
