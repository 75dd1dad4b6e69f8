import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunRow, StepRow } from '../../src/journal/types.js';
import type { Notice } from '../../src/report/notify.js';
import type { TableStatus } from '../../src/report/status.js';
import type { RunReport } from '../../src/run/events.js';
import { chatEtl } from './capture.js';

// One project, and its commands in the order a newcomer gives them.
const folder = mkdtempSync(join(tmpdir(), 'chat-etl-cli-'));
const root = join(folder, 'shop');
const model = join(root, 'sql/messages_daily.sql');
const config = join(root, 'chat-etl.config.yaml');

beforeAll(async () => {
  expect(await chatEtl('init', root)).toMatchObject({ code: 0, stdout: '' });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

test('init makes a sound project whose YAML names its schemas, and refuses a folder that is not empty', async () => {
  expect(readdirSync(root).sort()).toEqual(
    [
      '.chat-etl',
      '.env.example',
      '.gitignore',
      'README.md',
      'chat-etl.config.yaml',
      'data',
      'introspected',
      'pipelines',
      'schemas',
      'sql',
      'unit_tests',
    ].sort(),
  );
  for (const file of ['chat-etl.config.yaml', 'pipelines/chat.yaml']) {
    const [first = ''] = readFileSync(join(root, file), 'utf8').split('\n');
    const schema = /^# yaml-language-server: \$schema=(.*)$/.exec(first)?.[1] ?? '';
    expect(existsSync(join(root, file, '..', schema))).toBe(true);
  }
  expect(await chatEtl('validate', '--root', root)).toMatchObject({ code: 0 });
  const again = await chatEtl('init', root);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('is not empty');
});

test('before the first run there is no history, nothing has succeeded, and the plan loads all', async () => {
  expect(await chatEtl('history', '--root', root)).toMatchObject({ code: 0, stdout: 'no runs yet\n' });
  const status = await chatEtl('status', '--root', root);
  expect(status.code).toBe(0);
  expect(status.stdout).toMatch(/stg_messages +never/);
  const plan = await chatEtl('plan', '--root', root, '--sql');
  expect(plan.stdout).toMatch(/stg_messages +load/);
  expect(plan.stdout).toContain('    count(distinct m.user_id) as writers');
});

test('run prints the summary on stdout and a line a step on stderr; a second run has nothing to do', async () => {
  const first = await chatEtl('run', '--root', root);
  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toMatch(/✔ {2}stg_messages +load +5,000/);
  expect(first.stdout).toContain('Run 1 succeeded');
  expect(first.stderr).toMatch(/✔ messages_daily build/);
  const second = await chatEtl('run', '--root', root, '--json', '--quiet');
  expect(second.stderr).toBe('');
  const report = JSON.parse(second.stdout) as RunReport;
  expect(report).toMatchObject({ batch: 2, status: 'succeeded', trigger: 'cli' });
  expect(report.steps.find(({ step }) => step === 'messages_daily')?.status).toBe('skipped');
});

test('history and status tell of the runs, for people and as JSON', async () => {
  const table = await chatEtl('history', '--root', root, '--steps', '-n', '1');
  expect(table.stdout).toMatch(/^ +2 .* succeeded +cli +all/m);
  expect(table.stdout).toMatch(/stg_messages +read +succeeded/);
  const runs = JSON.parse(
    (await chatEtl('history', '--root', root, '--steps', '--json')).stdout,
  ) as readonly (RunRow & {
    steps: readonly StepRow[];
  })[];
  expect(runs.map(({ batch, steps }) => [batch, steps.length])).toEqual([
    [2, 2],
    [1, 2],
  ]);
  const tables = JSON.parse((await chatEtl('status', '--root', root, '--json')).stdout) as readonly TableStatus[];
  expect(tables).toMatchObject([
    { table: 'stg_messages', overdue: false, marks: { lag: { kind: 'time', behindMs: 0 } } },
    { table: 'messages_daily', overdue: false },
  ]);
  expect(tables[0]?.rows).toBeGreaterThan(4500);
});

test('the log file has the runs', () => {
  const [file = ''] = readdirSync(join(root, 'logs'));
  expect(file).toMatch(/^etl_log_\d{4}-\d\d-\d\d\.log$/);
  const text = readFileSync(join(root, 'logs', file), 'utf8');
  expect(text).toMatch(/stg_messages: load done: 5,000 rows read/);
  expect(text).toMatch(/run 2 succeeded/);
});

test('unknown pipelines and sources are named with the nearest', async () => {
  const pipeline = await chatEtl('run', '--root', root, '-p', 'chatt');
  expect(pipeline).toMatchObject({ code: 2, stdout: '' });
  expect(pipeline.stderr).toContain("did you mean 'chat'?");
  const source = await chatEtl('run', '--root', root, '--reload', 'mesages');
  expect(source.stderr).toContain("did you mean 'messages'?");
});

test('a failing model ends with 1, shows file and line, and sends a failure notice, the next success a recovery', async () => {
  const told = join(root, 'told.json');
  appendFileSync(config, 'notify:\n  - { on: [failure, recovery], command: "cat > told.json" }\n');
  edit(model, 'm.user_id', 'm.usr_id');
  const failed = await chatEtl('run', '--root', root);
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain('sql/messages_daily.sql:5');
  expect(JSON.parse(readFileSync(told, 'utf8')) as Notice).toMatchObject({
    kind: 'failure',
    batch: 3,
    failedSteps: ['messages_daily'],
    error: { code: 'MODEL_SQL' },
  });
  edit(model, 'm.usr_id', 'm.user_id');
  expect(await chatEtl('run', '--root', root, '--quiet')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(JSON.parse(readFileSync(told, 'utf8')) as Notice).toMatchObject({ kind: 'recovery', batch: 4 });
  rmSync(told);
  await chatEtl('run', '--root', root);
  expect(existsSync(told)).toBe(false);
});

test('--log-format json writes JSON lines on stderr', async () => {
  const { stderr } = await chatEtl('run', '--root', root, '--log-format', 'json');
  const events = stderr.trimEnd().split('\n');
  expect(events.map((line) => (JSON.parse(line) as { event: string }).event)).toContain('run-finished');
});

test('the schedule runs at once, says when it runs next, and ends cleanly on SIGTERM', async () => {
  const ended = chatEtl('schedule', '--root', root, '--every', '1h', '--quiet');
  // What the program says goes to its own listener's stream; the wait begins once it has put up its handlers.
  const handler = await newListener('SIGTERM');
  handler('SIGTERM');
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(stderr).toContain('schedule: all pipelines every 1h');
  expect(stderr).toContain('schedule ended');
});

function newListener(signal: NodeJS.Signals): Promise<(name: NodeJS.Signals) => void> {
  return new Promise((resolve) => {
    const listen = (name: string | symbol, listener: (name: NodeJS.Signals) => void) => {
      if (name !== signal) return;
      process.off('newListener', listen);
      setImmediate(() => resolve(listener));
    };
    process.on('newListener', listen);
  });
}
