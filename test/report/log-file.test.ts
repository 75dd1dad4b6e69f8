import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { logFileReporter } from '../../src/report/log-file.js';
import type { RunEvent } from '../../src/run/events.js';
import { failure, plan, planStep, runReport, stepReport } from './samples.js';

const now = Date.parse('2024-03-01T23:59:59.500Z');

const messages = stepReport('stg_messages', {
  rowsRead: 1200,
  rowsInserted: 1000,
  rowsUpdated: 200,
  bytes: 90_000,
  cursorFrom: '2024-02-29 00:00:00.000000',
  cursorTo: '2024-03-01 00:00:00.000000',
  attempt: 2,
  warnings: [{ severity: 'warning', message: 'no index on updated_at' }],
});
const failed = stepReport('fact_message', { status: 'failed', error: failure });

const events: readonly RunEvent[] = [
  {
    type: 'run-started',
    runId: 'r1',
    batch: 7,
    plan: plan([planStep('stg_messages')]),
    at: '2024-03-01T10:00:00.000Z',
  },
  { type: 'step-started', step: 'stg_messages', action: 'read', at: '2024-03-01T10:00:00.000Z' },
  { type: 'step-progress', step: 'stg_messages', rows: 1000, bytes: 80_000 },
  { type: 'step-finished', report: messages },
  { type: 'warning', step: undefined, message: 'login hunter22' },
  { type: 'step-finished', report: failed },
  { type: 'run-finished', report: runReport([messages, failed], { status: 'failed', error: failure }) },
];

function logOf(format: 'text' | 'json', clock = () => now) {
  const folder = mkdtempSync(join(tmpdir(), 'chat-etl-log-'));
  const problems: string[] = [];
  const options = { folder: join(folder, 'logs'), keepDays: 3, format, secrets: ['hunter22'], now: clock } as const;
  const open = () => logFileReporter({ ...options, onProblem: (message) => void problems.push(message) });
  return {
    folder: options.folder,
    problems,
    open,
    read: (name: string) => readFileSync(join(options.folder, name), 'utf8'),
  };
}

test('the text log has times, rows, changes, figures, warnings and errors with their place', () => {
  const log = logOf('text');
  const reporter = log.open();
  for (const event of events) reporter.onEvent(event);
  const error = `[MODEL_SQL] column "chat" does not exist at sql/facts/fact_message.sql:3:10 (did you mean 'chat_id'?)`;
  const figures = '1,200 rows read, +1,000 ~200, 90 kB, 400 ms, 3.0k rows/s';
  const cursor = 'cursor 2024-02-29 00:00:00.000000 to 2024-03-01 00:00:00.000000, attempt 2';
  const expected = [
    'INFO  run 7 started: id r1, 1 step, atomicity run, as of 2024-03-01 10:00:00',
    'INFO  stg_messages: read started',
    'WARN  stg_messages: no index on updated_at',
    `INFO  stg_messages: read done: ${figures}, ${cursor}`,
    'WARN  login ***',
    `ERROR fact_message: failed: ${error}`,
    `ERROR run 7 failed: started 2024-03-01T10:00:00.000Z, 1,200 rows read, 4210 ms, 285 rows/s: ${error}`,
  ];
  expect(log.read('etl_log_2024-03-01.log')).toBe(
    expected.map((line) => `2024-03-01 23:59:59.500Z ${line}\n`).join(''),
  );
});

test('the JSON log has one object a line', () => {
  const log = logOf('json');
  const reporter = log.open();
  for (const event of events) reporter.onEvent(event);
  const lines = log.read('etl_log_2024-03-01.log').trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
    'run-started',
    'step-started',
    'step-finished',
    'warning',
    'step-finished',
    'run-finished',
  ]);
});

test('a run over midnight goes on in the next day’s file', () => {
  let time = now;
  const log = logOf('text', () => time);
  const reporter = log.open();
  for (const event of events) {
    reporter.onEvent(event);
    if (event.type === 'step-started') time += 1000;
  }
  expect(readdirSync(log.folder).sort()).toEqual(['etl_log_2024-03-01.log', 'etl_log_2024-03-02.log']);
});

test('files older than the days to keep are removed, others and strange ones stay', () => {
  const log = logOf('text');
  log.open();
  const names = ['etl_log_2024-02-26.log', 'etl_log_2024-02-27.log', 'etl_log_2024-03-01.log', 'other_2020-01-01.log'];
  for (const name of names) writeFileSync(join(log.folder, name), '');
  log.open();
  expect(readdirSync(log.folder).sort()).toEqual(names.slice(1).sort());
});

test('two processes that log at once keep each other’s lines', () => {
  const log = logOf('text');
  const [one, other] = [log.open(), log.open()];
  one.onEvent({ type: 'warning', step: undefined, message: 'one' });
  other.onEvent({ type: 'warning', step: undefined, message: 'other' });
  one.onEvent({ type: 'warning', step: undefined, message: 'one again' });
  expect(log.read('etl_log_2024-03-01.log').match(/WARN {2}.*/g)).toEqual([
    'WARN  one',
    'WARN  other',
    'WARN  one again',
  ]);
});

test('a log that cannot be written is said once and stops nothing', () => {
  const log = logOf('text');
  writeFileSync(join(log.folder, '..', 'logs'), 'a file where the folder should be');
  const reporter = log.open();
  for (const event of events) reporter.onEvent(event);
  expect(log.problems).toHaveLength(1);
  expect(log.problems[0]).toContain('the log file cannot be written');
});
