/**
 * Whole histories: whatever the application writes, whoever changes definitions, however runs end, every table equals its
 * rebuild and an independent computation. More of them: CHAT_ETL_HISTORIES=5000; the same again: CHAT_ETL_SEED=….
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test, vi } from 'vitest';
import { freshDatabase } from '../servers/database.js';
import { checkHistories } from './check-histories.js';
import type { Surroundings } from './world.js';

vi.mock('../../src/engines/registry.js', async (original) => {
  const registry = await original<typeof import('../../src/engines/registry.js')>();
  const loadEngine = async (type: string) =>
    type === 'memory' ? (await import('./world.js')).memoryEngine : registry.loadEngine(type);
  return { ...registry, loadEngine };
});

const root = mkdtempSync(join(tmpdir(), 'chat-etl-histories-'));
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterAll(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true, force: true });
});

let files = 0;
const newFile: Surroundings['newPlace'] = async () => {
  files += 1;
  const path = join(root, `warehouse${files}.duckdb`);
  return {
    connection: { name: 'olap', type: 'duckdb', options: { path, threads: 1 }, root },
    schema: `'main'`,
    drop: async () => rmSync(path, { force: true }),
  };
};

const newDatabase: Surroundings['newPlace'] = async () => {
  const database = await freshDatabase('histories');
  return {
    connection: { name: 'olap', type: 'mysql', options: database.options, root },
    schema: 'database()',
    drop: () => database.drop(),
  };
};

const wanted = process.env.CHAT_ETL_HISTORIES;
const limitMs = 12 * 3_600_000;

test(
  'on DuckDB every table equals its rebuild and what it must be, after any history',
  async () => {
    const count = wanted === undefined ? 16 : Number(wanted);
    await checkHistories({ root, newPlace: newFile, counts: new Map() }, count);
  },
  limitMs,
);

test(
  'on MySQL every table equals its rebuild and what it must be, after any history',
  async () => {
    const count = wanted === undefined ? 4 : Math.ceil(Number(wanted) / 20);
    await checkHistories({ root, newPlace: newDatabase, counts: new Map() }, count);
  },
  limitMs,
);
