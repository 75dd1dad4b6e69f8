import { expect, test } from 'vitest';
import { jsonLinesReporter } from '../../src/report/json-lines.js';
import { drawProgress } from '../../src/report/live-view.js';
import { noPaint } from '../../src/report/paint.js';
import { plainLinesReporter } from '../../src/report/plain-lines.js';
import { afterEvent, nothingYet } from '../../src/report/progress.js';
import type { SourceComparison } from '../../src/run/comparison.js';
import type { RunEvent } from '../../src/run/events.js';
import { collector, failure, plan, planStep, runReport, stepReport } from './samples.js';

const messages = stepReport('stg_messages', { rowsRead: 1200, rowsInserted: 1000, rowsUpdated: 200, bytes: 90_000 });
const failed = stepReport('fact_message', { status: 'failed', error: failure });

const events: readonly RunEvent[] = [
  {
    type: 'run-started',
    runId: 'r',
    batch: 7,
    plan: plan([planStep('stg_messages'), planStep('dim_user'), planStep('fact_message')]),
    at: '2024-03-01T10:00:00.000Z',
  },
  { type: 'stage', stage: 'extract' },
  { type: 'step-started', step: 'stg_messages', action: 'read', at: '2024-03-01T10:00:00.000Z' },
  { type: 'step-progress', step: 'stg_messages', rows: 1000, bytes: 80_000 },
  { type: 'step-finished', report: messages },
  { type: 'step-finished', report: stepReport('dim_user', { status: 'skipped', action: 'skip' }) },
  { type: 'warning', step: 'stg_messages', message: 'no index on updated_at, login hunter22' },
  {
    type: 'test-failed',
    step: 'fact_message',
    test: 'unique(id)',
    severity: 'error',
    rows: 3,
    sample: [{ id: 7, name: 'Cid' }],
  },
  { type: 'step-finished', report: failed },
  { type: 'run-finished', report: runReport([messages, failed], { status: 'failed', error: failure }) },
];

test('without a terminal each finished step is a line, a skipped one is none', () => {
  const output = collector();
  const reporter = plainLinesReporter(output.write, { paint: noPaint, secrets: ['hunter22'] });
  for (const event of events) reporter.onEvent(event);
  expect(output.lines()).toBe(
    [
      'run 7 started: 3 steps',
      '✔ stg_messages read    1,200 rows read, +1,000 ~200, 0.4 s, 3.0k rows/s',
      '! stg_messages: no index on updated_at, login ***',
      '✖ fact_message: test unique(id) found 3 rows',
      '  id  name',
      '   7  Cid',
      '✖ fact_message update  column "chat" does not exist',
      '',
    ].join('\n'),
  );
});

test('pauses and the copy for readers have a line each', () => {
  const output = collector();
  const reporter = plainLinesReporter(output.write, { paint: noPaint, secrets: [] });
  reporter.onEvent({ type: 'paused', connection: 'oltp', reason: '57 threads are running, the limit is 40' });
  reporter.onEvent({ type: 'resumed', connection: 'oltp', pausedMs: 14_200 });
  reporter.onEvent({ type: 'copy-started', bytes: 297_000_000 });
  reporter.onEvent({ type: 'copy-published', path: '/data/ro.duckdb', bytes: 297_000_000, durationMs: 624 });
  expect(output.lines()).toBe(
    [
      '‖ reading from oltp pauses: 57 threads are running, the limit is 40',
      'reading from oltp goes on after 14 s',
      'copied the warehouse for readers: 297 MB, 0.6 s, /data/ro.duckdb',
      '',
    ].join('\n'),
  );
});

test('a comparison says what it compares and what it found; its view shows rows as they are summed up', () => {
  const output = collector();
  const reporter = plainLinesReporter(output.write, { paint: noPaint, secrets: [] });
  const comparison: SourceComparison = {
    step: 'stg_messages',
    source: 'messages',
    rowsCompared: 2_000_000,
    rowsLookedAt: 0,
    ranges: [],
    rowsMissing: 0,
    rowsExtra: 0,
    rowsStale: 0,
    rowsIgnored: 0,
    keys: [],
  };
  const under: readonly RunEvent[] = [
    { type: 'comparison-started', sources: 2, at: '2024-03-01T10:00:00.000Z' },
    { type: 'step-started', step: 'stg_messages', action: 'read', at: '2024-03-01T10:00:00.000Z' },
    { type: 'compare-progress', step: 'stg_messages', rows: 1_200_000 },
  ];
  const ended: RunEvent = { type: 'compared', comparison };
  for (const event of [...under, ended, { ...ended, comparison: { ...comparison, rowsStale: 1 } }])
    reporter.onEvent(event);
  expect(output.lines()).toBe(
    [
      'comparing 2 sources',
      '✔ stg_messages: 2,000,000 rows compared, none differs',
      '! stg_messages: 2,000,000 rows compared, 1 row differs',
      '',
    ].join('\n'),
  );
  const nowMs = Date.parse('2024-03-01T10:00:02.000Z');
  const view = drawProgress(under.reduce(afterEvent, nothingYet), nowMs, 24, noPaint);
  expect(view).toContain('1,200,000 rows compared, 2.0 s');
  expect(view).toContain('0 of 2 steps');
  expect(drawProgress([...under, ended].reduce(afterEvent, nothingYet), nowMs, 24, noPaint)).toContain('1 of 2 steps');
});

test('JSON lines are one valid object an event, with the time and without secrets', () => {
  const output = collector();
  const reporter = jsonLinesReporter(output.write, { secrets: ['hunter22'], now: () => 0 });
  for (const event of events) reporter.onEvent(event);
  const objects = output
    .lines()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(objects.map(({ event }) => event)).toEqual([
    'run-started',
    'stage',
    'step-started',
    'step-finished',
    'step-finished',
    'warning',
    'test-failed',
    'step-finished',
    'run-finished',
  ]);
  expect(objects[3]).toMatchObject({ time: '1970-01-01T00:00:00.000Z', step: 'stg_messages', rowsRead: 1200 });
  expect(objects[8]).toMatchObject({ status: 'failed', batch: 7, steps: 2, error: { code: 'MODEL_SQL' } });
  expect(output.lines()).not.toContain('hunter22');
  // Rows are for whoever looks on, and not for a log that is kept.
  expect(output.lines()).not.toContain('Cid');
});

test('the live view shows finished steps, running ones with rows and rate, and what is left', () => {
  const progress = events.slice(0, 4).reduce(afterEvent, nothingYet);
  const now = Date.parse('2024-03-01T10:00:02.000Z');
  expect(drawProgress(progress, now, 24, noPaint)).toBe(
    ['⠋ stg_messages read    1,000 rows, 2.0 s, 500 rows/s', '0 of 3 steps · extract · 2.0 s'].join('\n'),
  );
  const later = events.slice(4, 6).reduce(afterEvent, progress);
  expect(drawProgress(later, now, 24, noPaint)).toBe(
    ['✔ stg_messages read    1,200 rows read, +1,000 ~200, 0.4 s, 3.0k rows/s', '2 of 3 steps · extract · 2.0 s'].join(
      '\n',
    ),
  );
});

test('the live view never needs more lines than the terminal has', () => {
  const steps = Array.from({ length: 50 }, (_, index) => stepReport(`stg_${index}`));
  const progress = steps.reduce((state, report) => afterEvent(state, { type: 'step-finished', report }), nothingYet);
  const running = afterEvent(progress, {
    type: 'step-started',
    step: 'stg_x',
    action: 'read',
    at: '2024-03-01T10:00:00Z',
  });
  const lines = drawProgress(running, Date.parse('2024-03-01T10:00:02Z'), 10, noPaint).split('\n');
  expect(lines.length).toBeLessThan(10);
  expect(lines.at(-3)).toContain('stg_49');
  expect(lines.at(-2)).toContain('stg_x');
});
