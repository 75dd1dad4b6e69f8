/**
 * Whole histories: whatever the application writes, whoever changes definitions, however runs end, every table equals its
 * rebuild and an independent computation. Those of every-operation.ts are played and a few random ones; CHAT_ETL_HISTORIES=5000
 * says how many (on MySQL a twentieth), and CHAT_ETL_SEED=… plays the same again.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test, vi } from 'vitest';
// Whether a server is needed is read from this import.
import '../servers/database.js';
import { checkHistories } from './check-histories.js';
import { duckdbPlace, mysqlPlace } from './places.js';

vi.mock('../../src/engines/registry.js', async (original) => {
  const registry = await original<typeof import('../../src/engines/registry.js')>();
  const loadEngine = async (type: string) =>
    (await (await import('./engines.js')).engineOf(type)) ?? registry.loadEngine(type);
  return { ...registry, loadEngine };
});

/** Files in memory where there is such a place: nothing here is to outlive the test. */
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'chat-etl-histories-'));
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterAll(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true, force: true });
});

const wanted = process.env.CHAT_ETL_HISTORIES;
/** One that hangs must be seen to fail. */
const limitMs = wanted === undefined ? 600_000 : 12 * 3_600_000;

test(
  'on DuckDB every table equals its rebuild and what it must be, after any history',
  async () => {
    const newPlace = async () => duckdbPlace(root);
    await checkHistories({ root, newPlace, counts: new Map() }, { random: Number(wanted ?? 2) });
  },
  limitMs,
);

test(
  'on MySQL every table equals its rebuild and what it must be, after any history',
  async () => {
    const newPlace = () => mysqlPlace(root);
    const random = Math.ceil(Number(wanted ?? 1) / 20);
    await checkHistories({ root, newPlace, counts: new Map() }, { random, cannot: ['redefine the time zone'] });
  },
  limitMs,
);
