import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { CursorDefinition } from '../../src/engines/contract.js';
import type { Cell } from '../../src/engines/types.js';
import { extractSource } from '../../src/extract/extract.js';
import { nextSafe, readFrom, type WatermarkRecord } from '../../src/extract/watermark.js';
import { committedAt, SimulatedServer, second, type Write } from './simulated-server.js';
import { requestInto, sourceOf } from './sources.js';

vi.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

const timestamp: CursorDefinition = { column: 'updated_at', unit: 'timestamp', timezone: 'UTC' };
const id: CursorDefinition = { column: 'id', unit: 'id', timezone: 'UTC' };

const times = (most: number) => fc.nat(most * second);
const writes: fc.Arbitrary<Write[]> = fc.array(
  fc.record({
    key: fc.nat(8),
    stampedAt: times(60),
    waitsFor: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, times(20)),
    lasts: fc.oneof(fc.nat(1000), times(5), times(30)),
    coarse: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
);
const histories = fc.record({
  writes,
  steps: fc.array(fc.oneof(fc.integer({ min: 1, max: 1000 }), times(2)), { minLength: 7, maxLength: 40 }),
  pauses: fc.array(times(15), { minLength: 1, maxLength: 8 }),
});

async function readAll(
  history: { writes: Write[]; steps: number[]; pauses: number[] },
  cursor: CursorDefinition,
  startsAt?: string,
) {
  const server = new SimulatedServer(
    history.writes,
    history.steps.map((step) => step + 1),
    cursor,
    startsAt,
  );
  const staging = new Map<string, readonly Cell[]>();
  const records: WatermarkRecord[] = [];
  const readOnce = async (): Promise<void> => {
    const request = { ...requestInto(staging), source: sourceOf('t', cursor), database: server.database(), records };
    const { record } = await extractSource(request);
    if (record !== undefined) records.push(record);
  };
  for (const pause of history.pauses) {
    server.now += pause;
    await readOnce();
  }
  server.now = Math.max(server.now, ...history.writes.map(committedAt)) + 1;
  await readOnce();
  const staged = [...staging].map(([key, row]) => [key, row[1]]).sort();
  const table = [...server.rowsAt(server.now)].map(([key, [, write]]) => [key, write]).sort();
  return { staged, table, records };
}

const inBerlin: CursorDefinition = { ...timestamp, timezone: 'Europe/Berlin' };

test.each([
  ['a timestamp', timestamp, undefined],
  ['epoch seconds', { ...timestamp, unit: 's' as const }, undefined],
  ['epoch milliseconds', { ...timestamp, unit: 'ms' as const }, undefined],
  ['epoch microseconds', { ...timestamp, unit: 'us' as const }, undefined],
  ['a growing id', id, undefined],
  ['a DATETIME in a zone', inBerlin, '2026-07-01T10:00:00Z'],
  ['a DATETIME when its zone has an hour twice', inBerlin, '2026-10-25T00:59:00Z'],
  ['a DATETIME when its zone leaves an hour out', inBerlin, '2026-03-29T00:59:00Z'],
] as const)(
  'no row is lost, however late it commits and however long it waited for a lock (%s)',
  async (_name, cursor, startsAt) => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const { staged, table } = await readAll(history, cursor, startsAt);
        // A plain comparison: thousands of pretty differences would take the shrinking of a failure minutes.
        return JSON.stringify(staged) === JSON.stringify(table);
      }),
      { numRuns: 1000 },
    );
  },
);

test('the safe mark never moves back and is never above what was seen', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const { records } = await readAll(history, timestamp);
      for (const [at, { safe }] of records.entries()) {
        const before = records[at - 1]?.safe;
        if (before !== undefined) expect(safe !== undefined && safe >= before).toBe(true);
        const seen = records
          .map((record) => record.seen ?? '')
          .sort()
          .at(-1);
        if (safe !== undefined) expect(safe <= (seen ?? '')).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test('on a quiet server the second read takes only what is new', async () => {
  const quiet = [1, 2, 3].map((key) => ({ key, stampedAt: key, waitsFor: 0, lasts: 0, coarse: false }));
  const { records } = await readAll({ writes: quiet, steps: [1000], pauses: [second, second] }, timestamp);
  expect(records[0]?.safe).toBe('2026-03-01 10:00:00.000003');
  expect(records[1]?.from).toBe('2026-03-01 09:59:59.000003');
});

const record = (changes: Partial<WatermarkRecord>): WatermarkRecord => ({
  batch: 1,
  from: '2026-01-01 00:00:00.000000',
  seen: undefined,
  safe: undefined,
  horizon: '',
  endedAt: '2026-01-01 10:00:00.000000',
  heldBy: undefined,
  serverId: 'a',
  ...changes,
});

test('marks of another server count for nothing, since its clock is another', () => {
  const records = [record({ seen: '2026-01-01 09:00:00.000000', serverId: 'b' })];
  expect(nextSafe(records, { horizon: '2026-01-02 00:00:00.000000', serverId: 'a' })).toBeUndefined();
});

test('marks from before a reload count for nothing', () => {
  const records = [
    record({ seen: '2026-01-01 09:00:00.000000', safe: '2026-01-01 09:00:00.000000' }),
    record({ from: undefined, seen: '2026-01-01 08:00:00.000000', safe: '2026-01-01 08:00:00.000000' }),
  ];
  expect(nextSafe(records, { horizon: '2026-01-02 00:00:00.000000', serverId: 'a' })).toBe(
    '2026-01-01 08:00:00.000000',
  );
});

test('the lookback is taken off in the unit of the cursor', () => {
  const at = (safe: string): WatermarkRecord[] => [record({ safe })];
  expect(readFrom(at('1000'), 50, id)).toBe('950');
  expect(readFrom(at('1000'), 60_000, { ...timestamp, unit: 's' })).toBe('939');
  expect(readFrom(at('1000000'), 60_000, { ...timestamp, unit: 'ms' })).toBe('939000');
  expect(readFrom(at('2026-01-01 00:00:30.500000'), 60_000, timestamp)).toBe('2025-12-31 23:59:29.500000');
  expect(readFrom([], 60_000, timestamp)).toBeUndefined();
});
