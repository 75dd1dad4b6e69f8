import { expect, test } from 'vitest';
import type { RunRow, StepRow } from '../../src/journal/types.js';
import { formatHistory } from '../../src/report/history.js';
import { noPaint } from '../../src/report/paint.js';
import { formatStatus, type TableStatus } from '../../src/report/status.js';

const counts = { rowsRead: 0, rowsInserted: 0, rowsUpdated: 0, rowsDeleted: 0, rowsUnchanged: 0, bytes: 0 };

function runRow(batch: number, values: Partial<RunRow> = {}): RunRow {
  return {
    ...{
      runId: `run-${batch}`,
      batch,
      status: 'succeeded',
      trigger: 'cli',
      pipelines: [],
      selection: undefined,
      flags: undefined,
      ...counts,
      attempt: 1,
    },
    ...{ startedAt: '2024-03-01 10:00:00.123000', endedAt: undefined, durationMs: 1234, host: 'h', pid: 1 },
    ...{ toolVersion: '1', definitionsHash: 'd', errorCode: undefined, errorText: undefined, errorPlace: undefined },
    ...values,
  };
}

function stepRow(batch: number, step: string, values: Partial<StepRow> = {}): StepRow {
  return {
    ...{ runId: `run-${batch}`, batch, step, kind: 'model', pipeline: 'p', action: 'update', status: 'succeeded' },
    ...{ reasons: '', startedAt: '', endedAt: '', durationMs: 12, ...counts, cursorFrom: undefined, attempt: 1 },
    ...{ cursorTo: undefined, errorCode: undefined, errorText: undefined, errorPlace: undefined, ...values },
  };
}

const failed = {
  status: 'failed',
  errorCode: 'MODEL_SQL',
  errorText: 'no column\n"x"',
  errorPlace: 'sql/a.sql:3:1',
} as const;
const runs = [
  runRow(3, { status: 'cancelled', errorText: 'interrupted', pipelines: ['facts', 'metrics'] }),
  runRow(2, failed),
  runRow(1, { rowsRead: 20_000, rowsInserted: 19_000, rowsDeleted: 3, trigger: 'schedule' }),
];

test('the history is a table of runs with the errors of those that failed', () => {
  expect(formatHistory(runs, undefined, noPaint)).toBe(
    [
      'run  started (UTC)        status     by        steps of        rows read  changed   time',
      '  3  2024-03-01 10:00:00  cancelled  cli       facts, metrics          0        0  1.2 s',
      '  2  2024-03-01 10:00:00  failed     cli       all                     0        0  1.2 s',
      '  1  2024-03-01 10:00:00  succeeded  schedule  all                20,000   19,003  1.2 s',
      '✖ run 2: [MODEL_SQL] no column "x" sql/a.sql:3:1',
    ].join('\n'),
  );
});

test('with steps each run is followed by its own', () => {
  const steps = [stepRow(1, 'stg_messages', { rowsRead: 5 }), stepRow(2, 'fact_message')];
  expect(formatHistory(runs.slice(2), steps, noPaint)).toBe(
    [
      'run  started (UTC)        status     by        steps of  rows read  changed   time',
      '  1  2024-03-01 10:00:00  succeeded  schedule  all          20,000   19,003  1.2 s',
      '   step          action  status     rows read  changed   time',
      '   stg_messages  update  succeeded          5        0  12 ms',
    ].join('\n'),
  );
});

test('no runs are said to be none', () => {
  expect(formatHistory([], undefined, noPaint)).toBe('no runs yet');
});

function table(name: string, values: Partial<TableStatus> = {}): TableStatus {
  return {
    ...{ table: name, kind: name.startsWith('stg_') ? 'source' : 'model', pipeline: 'facts', rows: 1200 },
    ...{ lastSuccess: '2024-03-01 10:00:00.000000', sinceSuccessMs: 300_000, overdue: false, marks: undefined },
    ...values,
  };
}

test('status shows marks and lag of sources, and what is overdue, never ran or cannot be asked', () => {
  const seen = '2024-03-01 09:59:59.123456';
  const time = { kind: 'time', behindMs: 90_000 } as const;
  const tables = [
    table('stg_messages', { marks: { seen, safe: seen, heldBy: undefined, lag: time } }),
    table('stg_users', {
      marks: { seen: '41', safe: '7', heldBy: 'transaction 9', lag: { kind: 'ids', behind: 1500 } },
    }),
    table('stg_chats', {
      overdue: true,
      marks: { seen, safe: seen, heldBy: undefined, lag: { kind: 'unknown', why: 'no route' } },
    }),
    table('fact_message', { lastSuccess: undefined, sinceSuccessMs: undefined, rows: undefined }),
  ];
  expect(formatStatus(tables, noPaint)).toBe(
    [
      'source        last success         rows  seen                 safe  lag',
      'stg_messages  5 min ago           1,200  2024-03-01 09:59:59  same  1 min 30 s',
      'stg_users     5 min ago           1,200  41                   7     1,500 ids',
      'stg_chats     5 min ago, overdue  1,200  2024-03-01 09:59:59  same  unknown',
      '',
      'model         pipeline  last success  rows',
      'fact_message  facts     never',
      '',
      '! stg_users: the safe mark is held back by transaction 9',
      '! stg_chats: lag unknown: no route',
      '1 of 4 overdue',
    ].join('\n'),
  );
});
