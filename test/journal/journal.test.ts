import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/engines/contract.js';
import type { WatermarkRecord } from '../../src/extract/watermark.js';
import { ensureJournal } from '../../src/journal/migrations.js';
import { pruneJournal } from '../../src/journal/prune.js';
import { lastSuccess, listRuns, listSteps, readState } from '../../src/journal/read.js';
import { journalTables, journalVersion, journalVersionOf } from '../../src/journal/tables.js';
import type { RunFlags } from '../../src/journal/types.js';
import {
  finishRun,
  insertPositions,
  insertSteps,
  insertTableStates,
  insertTestFailures,
  insertWatermarks,
  markInterrupted,
  type StartedRun,
  startRun,
} from '../../src/journal/write.js';
import type { TableState } from '../../src/plan/types.js';
import { failure, runReport, stepReport } from '../report/samples.js';
import { engines, withEmptyWarehouse } from './warehouses.js';

const flags: RunFlags = {
  atomicity: 'step',
  fullRefresh: true,
  reload: ['stg_users'],
  detect: [],
  asOf: '2024-03-01 10:00:00',
  steps: ['stg_users', 'dim_user'],
};

function run(batch: number, values: Partial<StartedRun> = {}): StartedRun {
  return {
    ...{
      runId: `run-${batch}`,
      batch,
      trigger: 'cli',
      pipelines: [],
      selection: undefined,
      flags,
      startedAt: '2024-03-01T10:00:00.123Z',
    },
    ...{ host: 'here', pid: 4711, toolVersion: '0.1.0', definitionsHash: 'abc', ...values },
  };
}

function record(batch: number, values: Partial<WatermarkRecord> = {}): WatermarkRecord {
  return {
    ...{ batch, from: undefined, seen: '2024-03-01 09:59:59.000001', safe: '2024-03-01 09:00:00.000000' },
    ...{ horizon: '2024-03-01 09:30:00.000000', endedAt: '2024-03-01 10:00:00.500000', heldBy: undefined },
    ...{ serverId: 'server-1', ...values },
  };
}

/** A session that counts what it is asked. */
function counted(session: Session): { readonly session: Session; readonly count: () => number } {
  let count = 0;
  const one = <T>(work: T) => {
    count += 1;
    return work;
  };
  const counting: Session = Object.create(session, {
    query: { value: (...args: Parameters<Session['query']>) => one(session.query(...args)) },
    execute: { value: (...args: Parameters<Session['execute']>) => one(session.execute(...args)) },
    columns: { value: (...args: Parameters<Session['columns']>) => one(session.columns(...args)) },
  });
  return { session: counting, count: () => count };
}

describe.each(engines)('on %s', (engine) => {
  test('the journal is made once, and costs one query when it is there', () =>
    withEmptyWarehouse(engine, async (session, dialect) => {
      expect(await journalVersionOf(session, dialect)).toBeUndefined();
      await ensureJournal(session, dialect);
      for (const { name, columns } of journalTables) {
        const made = await session.columns(name);
        expect(made?.columns.map((column) => column.name)).toEqual(columns.map((column) => column.name));
      }
      const again = counted(session);
      await ensureJournal(again.session, dialect);
      expect(again.count()).toBe(1);
    }));

  test('a journal that was half made when the process died is made whole', () =>
    withEmptyWarehouse(engine, async (session, dialect) => {
      for (const { name, columns, key } of journalTables.slice(0, 3)) {
        await session.execute(dialect.createTable(name, columns, key));
      }
      await ensureJournal(session, dialect);
      expect(await journalVersionOf(session, dialect)).toBe(journalVersion);
      expect(await readState(session, dialect)).toMatchObject({ lastBatch: 0 });
    }));

  test('a journal of version 1 can be read, and gets its new columns', () =>
    withEmptyWarehouse(engine, async (session, dialect) => {
      await ensureJournal(session, dialect);
      await insertWatermarks(session, dialect, [{ source: 'stg_messages', record: record(1) }]);
      await session.execute('alter table etl_watermark drop column detected_at');
      await session.execute('alter table etl_run_log drop column selection');
      await session.execute('alter table etl_run_log drop column flags');
      await session.execute('delete from etl_meta where version >= 2');
      expect(await listRuns(session, dialect, { limit: 1 })).toEqual([]);
      const { watermarks } = await readState(session, dialect);
      expect(watermarks.get('stg_messages')).toEqual([record(1)]);
      await ensureJournal(session, dialect);
      expect(await journalVersionOf(session, dialect)).toBe(journalVersion);
      await startRun(session, dialect, run(1, { selection: 'changed' }));
      expect(await listRuns(session, dialect, { limit: 1 })).toMatchObject([{ selection: 'changed', flags }]);
      const second = record(2, { detectedAt: '2024-03-01 10:00:00.000000' });
      await insertWatermarks(session, dialect, [{ source: 'stg_messages', record: second }]);
      expect((await readState(session, dialect)).watermarks.get('stg_messages')).toEqual([record(1), second]);
    }));

  test('a journal of a newer chat-etl is refused', () =>
    withEmptyWarehouse(engine, async (session, dialect) => {
      await ensureJournal(session, dialect);
      await session.execute(
        `insert into ${dialect.identifier('etl_meta')} values (99, ${dialect.timestamp('2030-01-01 00:00:00')}, 'x')`,
      );
      await expect(ensureJournal(session, dialect)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    }));

  test('the state is what the newest batch of each key says, in a few queries', () =>
    withEmptyWarehouse(engine, async (session, dialect) => {
      await ensureJournal(session, dialect);
      await startRun(session, dialect, run(1));
      await startRun(session, dialect, run(2));
      const state: TableState = {
        fingerprint: 'f1',
        rebuiltBatch: 1,
        changedBatch: 1,
        asOf: undefined,
        logSince: undefined,
      };
      const newer: TableState = {
        fingerprint: 'f2',
        rebuiltBatch: 1,
        changedBatch: 2,
        asOf: '2024-03-01 00:00:00',
        logSince: 2,
      };
      await insertTableStates(session, dialect, [
        { table: 'fact_message', batch: 1, state },
        { table: 'dim_user', batch: 1, state },
      ]);
      await insertTableStates(session, dialect, [{ table: 'fact_message', batch: 2, state: newer }]);
      const position = { model: 'fact_message', upstream: 'stg_messages', fingerprint: 'p' };
      await insertPositions(session, dialect, [
        { ...position, consumedBatch: 1, batch: 1 },
        { ...position, upstream: 'dim_user', consumedBatch: 1, batch: 1 },
      ]);
      await insertPositions(session, dialect, [{ ...position, consumedBatch: 2, batch: 2 }]);
      await insertWatermarks(session, dialect, [{ source: 'stg_messages', record: record(1) }]);
      const second = record(2, { from: '7', seen: undefined, safe: undefined, heldBy: 'transaction 9' });
      await insertWatermarks(session, dialect, [{ source: 'stg_messages', record: second }]);

      const reading = counted(session);
      expect(await readState(reading.session, dialect)).toEqual({
        lastBatch: 2,
        tables: new Map([
          ['fact_message', newer],
          ['dim_user', state],
        ]),
        positions: new Map([
          [
            'fact_message',
            new Map([
              ['stg_messages', { batch: 2, fingerprint: 'p' }],
              ['dim_user', { batch: 1, fingerprint: 'p' }],
            ]),
          ],
        ]),
        watermarks: new Map([['stg_messages', [record(1), second]]]),
      });
      expect(reading.count()).toBe(4);
    }));

  test('a run and its steps come back as they were written', () =>
    withEmptyWarehouse(engine, async (session, dialect) => {
      await ensureJournal(session, dialect);
      await startRun(session, dialect, run(1, { pipelines: ['facts', 'metrics'], trigger: 'schedule' }));
      const [started] = await listRuns(session, dialect, { limit: 5 });
      expect(started).toMatchObject({ status: 'running', endedAt: undefined, durationMs: undefined, rowsRead: 0 });

      const huge = 5_000_000_000;
      const steps = [
        stepReport('stg_messages', {
          rowsRead: huge,
          rowsInserted: 7,
          bytes: huge,
          cursorTo: 'z',
          reasons: ['a', 'b'],
        }),
        stepReport('fact_message', { status: 'failed', rowsUpdated: 3, attempt: 2, error: failure, durationMs: 12.7 }),
      ];
      const times = { runId: 'run-1', startedAt: '2024-03-01T10:00:00.123Z', durationMs: 1500 };
      await finishRun(session, dialect, runReport(steps, { ...times, status: 'failed', error: failure }));
      await insertSteps(session, dialect, 'run-1', 1, steps);

      expect(await listRuns(session, dialect, { limit: 5 })).toEqual([
        {
          ...{
            runId: 'run-1',
            batch: 1,
            flags,
            status: 'failed',
            trigger: 'schedule',
            pipelines: ['facts', 'metrics'],
          },
          ...{ startedAt: '2024-03-01 10:00:00.123000', endedAt: '2024-03-01 10:00:01.623000', durationMs: 1500 },
          ...{ rowsRead: huge, rowsInserted: 7, rowsUpdated: 3, rowsDeleted: 0, rowsUnchanged: 0, bytes: huge },
          ...{ attempt: 2, host: 'here', pid: 4711, toolVersion: '0.1.0', definitionsHash: 'abc' },
          ...{ errorCode: 'MODEL_SQL', errorText: failure.message, errorPlace: failure.where },
        },
      ]);
      const [first, second] = await listSteps(session, dialect, ['run-1']).then((rows) =>
        [...rows].sort((a, b) => (a.kind < b.kind ? 1 : -1)),
      );
      expect(first).toMatchObject({ step: 'stg_messages', rowsRead: huge, reasons: 'a; b', cursorTo: 'z', batch: 1 });
      expect(second).toMatchObject({
        step: 'fact_message',
        status: 'failed',
        durationMs: 13,
        errorPlace: failure.where,
      });
    }));

  test('runs are listed newest first, up to the limit, and by pipeline', () =>
    withEmptyWarehouse(engine, async (session, dialect) => {
      await ensureJournal(session, dialect);
      for (const batch of [1, 2, 3]) await startRun(session, dialect, run(batch));
      await insertSteps(session, dialect, 'run-2', 2, [stepReport('x', { pipeline: 'a_b' })]);
      await insertSteps(session, dialect, 'run-3', 3, [stepReport('x', { pipeline: 'axb' })]);
      const batches = async (options: Parameters<typeof listRuns>[2]) =>
        (await listRuns(session, dialect, options)).map(({ batch }) => batch);
      expect(await batches({ limit: 2 })).toEqual([3, 2]);
      expect(await batches({ limit: 2, pipeline: 'a_b' })).toEqual([2]);
      expect(await listSteps(session, dialect, [])).toEqual([]);
    }));

  test('the last success of a step counts a skip, and no failure', () =>
    withEmptyWarehouse(engine, async (session, dialect) => {
      await ensureJournal(session, dialect);
      const at = (day: number) => ({ startedAt: `2024-03-0${day}T10:00:00.000Z`, durationMs: 1000 });
      await insertSteps(session, dialect, 'run-1', 1, [stepReport('a', at(1)), stepReport('b', at(1))]);
      await insertSteps(session, dialect, 'run-2', 2, [
        stepReport('a', { ...at(2), status: 'skipped' }),
        stepReport('b', { ...at(2), status: 'failed' }),
      ]);
      expect(await lastSuccess(session, dialect)).toEqual(
        new Map([
          ['a', { step: 'a', batch: 2, at: '2024-03-02 10:00:01.000000' }],
          ['b', { step: 'b', batch: 1, at: '2024-03-01 10:00:01.000000' }],
        ]),
      );
    }));

  test('runs found running under the lease are marked interrupted, others stay as they are', () =>
    withEmptyWarehouse(engine, async (session, dialect) => {
      await ensureJournal(session, dialect);
      await startRun(session, dialect, run(1));
      await finishRun(session, dialect, runReport([], { runId: 'run-1' }));
      await startRun(session, dialect, run(2));
      expect(await markInterrupted(session, dialect)).toBe(1);
      expect(await markInterrupted(session, dialect)).toBe(0);
      const runs = await listRuns(session, dialect, { limit: 5 });
      expect(runs.map(({ status }) => status)).toEqual(['interrupted', 'succeeded']);
      expect(runs[0]?.endedAt).toBeDefined();
    }));

  test('a data transaction journals beside the run’s own session; its rollback takes its rows with it', () =>
    withEmptyWarehouse(engine, async (journal, dialect, open) => {
      await ensureJournal(journal, dialect);
      await startRun(journal, dialect, run(1));
      const data = await open();
      const report = runReport([stepReport('a')], { runId: 'run-1' });
      await data.begin();
      await insertSteps(data, dialect, 'run-1', 1, report.steps);
      await insertWatermarks(data, dialect, [{ source: 'stg_a', record: record(1) }]);
      await finishRun(data, dialect, report);
      await data.rollback();
      await insertTestFailures(journal, dialect, [
        { runId: 'run-1', step: 'a', test: 'unique(id)', severity: 'error', rowsFailed: 2, sample: '[{"id":1}]' },
      ]);
      expect(await listSteps(journal, dialect, ['run-1'])).toEqual([]);
      expect((await readState(journal, dialect)).watermarks.size).toBe(0);
      await finishRun(journal, dialect, { ...report, status: 'failed' });
      expect(await listRuns(journal, dialect, { limit: 1 })).toMatchObject([{ status: 'failed' }]);
    }));

  test('pruning drops old runs with their rows, and of the insert-only tables all but what counts', () =>
    withEmptyWarehouse(engine, async (session, dialect) => {
      await ensureJournal(session, dialect);
      const started = ['2024-01-01T00:00:00Z', '2024-02-20T00:00:00Z', '2024-01-02T00:00:00Z'];
      for (const [index, startedAt] of started.entries()) {
        await startRun(session, dialect, run(index + 1, { startedAt }));
        await insertSteps(session, dialect, `run-${index + 1}`, index + 1, [stepReport('a')]);
      }
      const failed = { step: 'a', test: 't', severity: 'warn', rowsFailed: 1, sample: '[]' } as const;
      await insertTestFailures(session, dialect, [
        { runId: 'run-1', ...failed },
        { runId: 'run-2', ...failed },
      ]);
      const batches = Array.from({ length: 60 }, (_, index) => index + 1);
      await insertWatermarks(
        session,
        dialect,
        batches.map((batch) => ({ source: 'stg_a', record: record(batch) })),
      );
      await insertWatermarks(session, dialect, [{ source: 'stg_b', record: record(1) }]);
      const position = { model: 'm', upstream: 'u', fingerprint: 'p', consumedBatch: 1 };
      await insertPositions(
        session,
        dialect,
        batches.map((batch) => ({ ...position, batch })),
      );
      const state = { fingerprint: 'f', rebuiltBatch: 1, changedBatch: 1, asOf: undefined, logSince: undefined };
      await insertTableStates(
        session,
        dialect,
        batches.map((batch) => ({ table: 't', batch, state })),
      );
      const before = await readState(session, dialect);

      await pruneJournal(session, dialect, { keepDays: 30, now: Date.parse('2024-03-01T00:00:00Z') });

      const runs = await listRuns(session, dialect, { limit: 9 });
      // Run 3 is old, but the next batch is counted from it.
      expect(runs.map(({ batch }) => batch)).toEqual([3, 2]);
      expect(await listSteps(session, dialect, ['run-1', 'run-2', 'run-3'])).toHaveLength(2);
      const count = async (table: string) =>
        Number((await session.query(`select count(*) as n from ${dialect.identifier(table)}`))[0]?.n);
      expect(await count('etl_test_failures')).toBe(1);
      expect(await count('etl_position')).toBe(1);
      expect(await count('etl_table_state')).toBe(1);
      expect(await count('etl_watermark')).toBe(51);
      const after = await readState(session, dialect);
      expect({ ...after, watermarks: undefined }).toEqual({ ...before, watermarks: undefined });
      expect(after.watermarks.get('stg_a')?.at(0)?.batch).toBe(11);
      expect(after.watermarks.get('stg_a')?.at(-1)?.batch).toBe(60);
    }));

  test('a few reads more than the fifty that count stay until the next few runs', () =>
    withEmptyWarehouse(engine, async (session, dialect) => {
      await ensureJournal(session, dialect);
      await startRun(session, dialect, run(1));
      const keptOf = async (batches: readonly number[]) => {
        const read = batches.map((batch) => ({ source: 'stg_a', record: record(batch) }));
        await insertWatermarks(session, dialect, read);
        await pruneJournal(session, dialect, { keepDays: 30, now: 0 });
        return (await readState(session, dialect)).watermarks.get('stg_a')?.map(({ batch }) => batch) ?? [];
      };
      const first = Array.from({ length: 55 }, (_, index) => index + 1);
      expect(await keptOf(first)).toEqual(first);
      expect(await keptOf([56])).toEqual([...first.slice(6), 56]);
    }));
});
