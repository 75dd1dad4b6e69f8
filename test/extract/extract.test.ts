/** What a read does about columns, odd cursors and sources that went back, against a server in memory. */
import { describe, expect, test, vi } from 'vitest';
import type { SourceDatabase } from '../../src/engines/contract.js';
import { packRows, unpackRows } from '../../src/engines/rows.js';
import type { Cell } from '../../src/engines/types.js';
import type { DeleteSearch } from '../../src/extract/detect-deletes.js';
import { type ExtractRequest, extractSource } from '../../src/extract/extract.js';
import { oddityOf } from '../../src/extract/regressed.js';
import { toSourceRead } from '../../src/extract/source-read.js';
import type { WatermarkRecord } from '../../src/extract/watermark.js';
import { SimulatedServer, second, type Write } from './simulated-server.js';
import { requestInto, sourceOf } from './sources.js';

vi.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

const cursor = { column: 'updated_at', unit: 'timestamp', timezone: 'UTC' } as const;
const writes: Write[] = [1, 2, 3].map((key) => ({
  key,
  stampedAt: key * second,
  waitsFor: 0,
  lasts: 0,
  coarse: false,
}));

async function read(changes: Partial<ExtractRequest> = {}, of: Partial<SourceDatabase> = {}) {
  const server = new SimulatedServer(writes, [1000], cursor);
  server.now = 10 * second;
  const staging = new Map<string, readonly Cell[]>();
  const database = { ...server.database(), ...of };
  const extracted = await extractSource({
    ...requestInto(staging),
    source: sourceOf('t', cursor),
    database,
    records: [],
    ...changes,
  });
  return { ...extracted, staging };
}

const earlier: WatermarkRecord = {
  batch: 1,
  from: undefined,
  seen: '2026-03-01 10:00:03.000000',
  safe: '2026-03-01 10:00:03.000000',
  horizon: '2026-03-01 10:00:05.000000',
  endedAt: '2026-03-01 10:00:05.000000',
  heldBy: undefined,
  serverId: 'simulated',
};

test('a first read takes all, and is whole only where that was asked for', async () => {
  const first = await read({ mode: 'whole' });
  expect([first.whole, first.rows, first.record?.from]).toEqual([true, 3, undefined]);
  expect((await read()).whole).toBe(false);
});

test('an incremental read takes what is at or above the safe mark', async () => {
  const { rows, record } = await read({ records: [earlier] });
  expect(record?.from).toBe('2026-03-01 10:00:02.000000');
  expect(rows).toBe(2);
});

test('a column that staging does not have yet is read for all rows', async () => {
  const { rows, whole } = await read({ records: [earlier], knownColumns: ['id'] });
  expect([rows, whole]).toEqual([3, false]);
  expect((await read({ records: [earlier], knownColumns: ['id', 'write', 'gone'] })).rows).toBe(2);
});

test('with a place for them, the values of new columns alone are read for all rows', async () => {
  const filled: (readonly Cell[])[] = [];
  const load: ExtractRequest['load'] = async (columns, batches) => {
    expect(columns.map(({ name }) => name)).toEqual(['id', 'write']);
    for await (const batch of batches) filled.push(...unpackRows(columns, batch));
    return { rows: filled.length, bytes: 0 };
  };
  const widened = await read({ records: [earlier], knownColumns: ['id'], backfill: { load } });
  expect([widened.rows, filled.length, widened.backfilled]).toEqual([2, 3, ['write']]);
});

test("what a replica's lag adds to the lookback is read again", async () => {
  const openWork = async () => ({
    ...{ horizon: '2026-03-01 10:00:11.000000', oldest: undefined },
    ...{ protection: 'lookback' as const, lagSeconds: 2 },
  });
  expect((await read({ records: [earlier] }, { openWork })).record?.from).toBe('2026-03-01 10:00:00.000000');
});

test('a source without a cursor is read whole, and has no marks', async () => {
  const { record, whole, rows } = await read({ source: sourceOf('t', undefined) });
  expect([record, whole, rows]).toEqual([undefined, true, 3]);
});

test('a cursor in the future is delivered and warned of, and does not become the mark', async () => {
  const future = new SimulatedServer(
    [...writes, { key: 4, stampedAt: 9999 * second, waitsFor: -9999 * second, lasts: 0, coarse: false }],
    [1000],
    cursor,
  );
  future.now = 10 * second;
  const { record, warnings, staging } = await read({ database: future.database() });
  expect(staging.has('4')).toBe(true);
  expect(record?.seen).toBe('2026-03-01 10:00:03.000000');
  expect(warnings.join()).toMatch(/updated_at in the future, up to 2026-03-01 12:46:39/);
});

const above: WatermarkRecord = { ...earlier, seen: '2026-03-01 10:00:04.000000' };

test.each([
  ['another server answers', { records: [{ ...above, serverId: 'other' }] }, {}],
  ['the table is a new one', { records: [above] }, { newSince: async () => 'table' as const }],
  ['its rows are never removed', { records: [above], source: sourceOf('t', cursor, { appendOnly: true }) }, {}],
])('a source that went back in time stops the run with a hint: %s', async (_why, changes, of) => {
  await expect(read(changes, of)).rejects.toMatchObject({
    code: 'SOURCE_REGRESSED',
    message: expect.stringContaining('2026-03-01 10:00:04.000000 was read before'),
    hint: expect.stringContaining('--reload t'),
  });
});

test('the newest row may be deleted without that', async () => {
  expect((await read({ records: [above] }, { newSince: async () => undefined })).rows).toBe(2);
});

describe('a replica that may be behind what its primary has committed', () => {
  const openWork = async () => ({
    ...{ horizon: '2026-03-01 10:00:11.000000', oldest: undefined },
    ...{ protection: 'lookback' as const, isLate: true as const },
  });
  const changed = { openWork, newSince: async () => 'table' as const };

  test.each([
    ['its table is younger', {}],
    ['its rows are never removed', { source: sourceOf('t', cursor, { appendOnly: true }) }],
  ])('has not gone back in time: %s', async (_why, changes) => {
    const { rows, record } = await read({ records: [above], ...changes }, changed);
    expect([rows, record?.seen]).toEqual([2, '2026-03-01 10:00:03.000000']);
  });

  test.each([
    ['its newest rows are not there yet', [above]],
    ['its table is younger', [earlier]],
    ['it still is behind', [above, earlier]],
  ])('is not compared with staging: %s', async (_why, records) => {
    expect((await read({ records, detect: nothingToCompare }, changed)).rows).toBe(2);
    const caughtUp = { newSince: async () => 'server' as const };
    await expect(read({ records: [earlier], detect: nothingToCompare }, caughtUp)).rejects.toThrow('compared');
  });

  test('is looked through for deletes when that is due', async () => {
    const detect = { ...nothingToCompare, isDue: true };
    await expect(read({ records: [earlier], detect }, { openWork })).rejects.toThrow('compared');
  });

  test('is another one where its primary is, which stops the run', async () => {
    await expect(read({ records: [{ ...above, serverId: 'other' }] }, changed)).rejects.toMatchObject({
      code: 'SOURCE_REGRESSED',
      message: expect.stringContaining('another server answers now'),
    });
  });
});

/** Throws where keys are looked at. */
const nothingToCompare: DeleteSearch = {
  isDue: false,
  keys: { load: () => Promise.reject(new Error('compared')) },
  since: undefined,
  staging: () => {
    throw new Error('compared');
  },
  isReadSooner: false,
  areReadAtOnce: () => Promise.reject(new Error('compared')),
  beside: () => undefined,
  compareKeys: () => Promise.reject(new Error('compared')),
};

test('newest rows that are gone are odd anew where the last read had them', async () => {
  const of = (records: readonly WatermarkRecord[], why?: 'table' | 'server', tableId?: string) => {
    const database = { ...new SimulatedServer(writes, [1000], cursor).database(), newSince: async () => why };
    return oddityOf({ database, read: toSourceRead(sourceOf('t', cursor)), records, tableId }, earlier.seen);
  };
  expect(await of([])).toBeUndefined();
  expect(await of([earlier])).toBeUndefined();
  expect(await of([earlier, above])).toBe('newest');
  expect(await of([above, earlier])).toBe('behind');
  expect(await of([above, earlier], 'server')).toBe('server');
  const known = { ...earlier, tableId: '7' };
  expect(await of([known], undefined, '7')).toBeUndefined();
  expect(await of([known], undefined, '8')).toBe('table');
  expect(await of([known])).toBeUndefined();
  expect(await of([earlier], undefined, '8')).toBeUndefined();
});

test('reading anew needs no marks and minds none', async () => {
  const { record, rows } = await read({ mode: 'whole', records: [{ ...above, serverId: 'other' }] });
  expect([rows, record?.safe]).toEqual([3, '2026-03-01 10:00:03.000000']);
});

test('where nothing can be listed, the read says so', async () => {
  const openWork = async () => ({
    horizon: '2026-03-01 10:00:11.000000',
    oldest: undefined,
    protection: 'lookback' as const,
  });
  expect((await read({}, { openWork })).open?.protection).toBe('lookback');
});

test('a first read beside a transaction of unknown age loads all and leaves no safe mark', async () => {
  const openWork = async () => ({
    horizon: '1970-01-02 00:00:00.000000',
    oldest: { id: 'transaction 4', ageSeconds: 9, state: 'prepared' },
    protection: 'transactions' as const,
  });
  const { record, rows } = await read({}, { openWork });
  expect([rows, record?.safe, record?.seen]).toEqual([3, undefined, '2026-03-01 10:00:03.000000']);
  expect(record?.heldBy).toBe('transaction 4, open for 9 s (prepared)');
});

test('zero dates are counted into one warning', async () => {
  const { database } = { database: new SimulatedServer(writes, [1000], cursor).database() };
  const snapshot = async () => ({
    ...(await database.snapshot()),
    async *read() {
      yield { ...packRows([['1', 'a']]), zeroDates: 2 };
      yield { ...packRows([['2', 'b']]), zeroDates: 3 };
    },
  });
  const { warnings } = await read({}, { snapshot });
  expect(warnings).toEqual(['5 zero dates of t arrived as NULL']);
});
