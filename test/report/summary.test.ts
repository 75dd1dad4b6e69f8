import { expect, test } from 'vitest';
import { noPaint } from '../../src/report/paint.js';
import { formatPlan } from '../../src/report/plan.js';
import { formatSummary } from '../../src/report/summary.js';
import { failure, plan, planStep, runReport, stepReport } from './samples.js';

const messages = stepReport('stg_messages', {
  rowsRead: 1_234_567,
  rowsInserted: 1_000_000,
  rowsUpdated: 200,
  rowsDeleted: 5,
  bytes: 90_000_000,
  durationMs: 12_300,
  warnings: [{ severity: 'warning', message: 'no index on updated_at' }],
});

test('the summary is a table of the steps at work, one line for the skipped ones, and a sentence', () => {
  const skipped = stepReport('dim_user', { status: 'skipped', action: 'skip' });
  const report = runReport([messages, skipped, stepReport('fact_message', { rowsInserted: 12 })]);
  expect(formatSummary(report, noPaint)).toBe(
    [
      '   step          action  rows read   inserted  updated  deleted   time',
      '✔  stg_messages  read    1,234,567  1,000,000      200        5   12 s',
      '✔  fact_message  update                    12                    0.4 s',
      '',
      '1 step skipped: nothing to do',
      '! stg_messages: no index on updated_at',
      'Run 7 succeeded in 4.2 s: 2 steps, 1,234,567 rows read (90 MB)',
    ].join('\n'),
  );
});

test('a failed run shows its error once, with the place', () => {
  const report = runReport([messages, stepReport('fact_message', { status: 'failed', error: failure })], {
    status: 'failed',
    error: failure,
  });
  const text = formatSummary(report, noPaint);
  expect(text.match(/column "chat" does not exist/g)).toHaveLength(1);
  expect(text).toContain('sql/facts/fact_message.sql:3:10');
  expect(text).toContain('Run 7 failed in 4.2 s');
});

test('the error of a run that did not come to its steps is shown', () => {
  const error = { ...failure, code: 'WAREHOUSE_LOCKED', message: 'run x of pid 7 holds it', where: undefined } as const;
  const text = formatSummary(runReport([], { batch: 0, status: 'failed', error }), noPaint);
  expect(text).toContain('run x of pid 7 holds it');
  expect(text).toContain('The run failed');
});

test('the table fits 100 columns whatever a step is called', () => {
  const wide = stepReport(`stg_${'x'.repeat(60)}`, { rowsRead: 1_234_567_890, rowsInserted: 1_234_567_890 });
  const lines = formatSummary(runReport([wide]), noPaint).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
});

test('a plan shows action, condition, reasons, warnings and on demand the SQL of each step', () => {
  const steps = [
    planStep('stg_messages', {
      action: 'load',
      reasons: ['nothing is there yet'],
      warnings: [{ severity: 'warning', message: 'no index on updated_at' }],
    }),
    planStep('fact_message', { condition: 'if_upstream_changed', reasons: ['its SQL changed', 'a var changed'] }),
    planStep('dim_user', { action: 'skip', strategy: 'table' }),
  ];
  expect(formatPlan(plan(steps), undefined, noPaint)).toBe(
    [
      'stg_messages  load     source     nothing is there yet',
      '  ! no index on updated_at',
      'fact_message  update   merge      if upstream changed',
      '                                  its SQL changed',
      '                                  a var changed',
      'dim_user      skip     table',
      '',
      '3 steps, 2 with work to do; atomicity run, as of 2024-03-01 10:00:00',
    ].join('\n'),
  );
  const withSql = formatPlan(plan(steps), new Map([['fact_message', ['select 1\nfrom t']]]), noPaint);
  expect(withSql).toContain('\n    select 1\n    from t\n');
});
