/** Definitions change between runs; runs of parts in any order; failures leave everything as it was. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openProject } from '../../src/cli/project.js';
import { planProject } from '../../src/run/plan-project.js';
import { chatTables, openChatLab } from './chat-lab.js';
import { type Lab, targets } from './lab.js';

const killRun = fileURLToPath(new URL('./kill-run.mjs', import.meta.url));

async function expectLaw(lab: Lab, tables: readonly string[] = chatTables): Promise<void> {
  const rebuilt = await lab.rebuilt(tables);
  expect(await lab.allRows(tables)).toEqual(rebuilt);
}

describe.each(targets)('into %s', (target) => {
  const edits: Readonly<Record<string, (lab: Lab) => Promise<void>>> = {
    'a model': (lab) => lab.edit('sql/fact_message.sql', 'where m.deleted_at is null', 'where m.body_chars > 3'),
    'a new column of a model': (lab) =>
      lab.edit('sql/fact_message.sql', '  m.body_chars', '  m.body_chars,\n  m.body_chars * 2 as twice'),
    'a view': (lab) => lab.edit('sql/message_view.sql', 'messages > 0', 'messages > 1'),
    'a var': (lab) => lab.edit('chat-etl.config.yaml', 'long_from: 6', 'long_from: 3'),
    "a source's columns": (lab) =>
      lab.edit(
        'pipelines/chat.yaml',
        '    table: messages\n',
        '    table: messages\n    columns: { exclude: [body] }\n',
      ),
    "a source's added column": (lab) =>
      lab.edit(
        'pipelines/chat.yaml',
        '    table: messages\n',
        "    table: messages\n    columns: { add: { words: \"char_length(body) - char_length(replace(body, ' ', ''))\" } }\n",
      ),
  };

  test.each(Object.entries(edits))('after editing %s, a run equals a rebuild', async (_, edit) => {
    const lab = await openChatLab(target);
    try {
      await lab.runWell();
      await lab.oltp.query(
        `insert into messages (user_id, body, created_at, updated_at) values (2, 'x', now(6), now(6))`,
      );
      await edit(lab);
      await lab.runWell();
      await expectLaw(lab);
    } finally {
      await lab.close();
    }
  });

  test.each([
    { name: 'of everything', selection: {} },
    { name: 'of the reader without the view', selection: { pipelines: ['chat', 'more'], withUpstreams: false } },
  ])('what reads a view sees the table under it as this run builds it anew, in a run $name', async ({ selection }) => {
    const lab = await openChatLab(target);
    try {
      const [view = ''] = /^ {2}message_view: .*$/m.exec(await lab.read('pipelines/chat.yaml')) ?? [];
      await lab.edit('pipelines/chat.yaml', `${view}\n`, '');
      await lab.write('pipelines/views.yaml', `pipeline: views\nmodels:\n${view}\n`);
      await lab.write('pipelines/more.yaml', 'pipeline: more\nmodels:\n  shown: { sql: shown.sql, strategy: table }\n');
      await lab.write('sql/shown.sql', 'select date_key, messages from {{ref "message_view"}}');
      await lab.runWell();
      await lab.oltp.query(
        `insert into messages (user_id, body, created_at, updated_at) values (2, 'x', now(6), now(6))`,
      );
      await lab.edit('pipelines/chat.yaml', 'strategy: table, key: date_key', 'strategy: table');
      const report = await lab.runWell(selection);
      expect(report.steps.find(({ step }) => step === 'messages_daily')?.action).toBe('rebuild');
      await expectLaw(lab, ['message_view', 'shown']);
    } finally {
      await lab.close();
    }
  });

  test('after editing a macro, a run equals a rebuild', async () => {
    const lab = await openChatLab(target);
    try {
      await lab.write('sql/macros/long.sql', '{{chars}} >= 6');
      await lab.edit('sql/fact_long_message.sql', 'body_chars >= {{var "long_from"}}', '{{> long chars="body_chars"}}');
      await lab.runWell();
      await lab.write('sql/macros/long.sql', '{{chars}} >= 4');
      const report = await lab.runWell();
      expect(report.steps.find(({ step }) => step === 'fact_long_message')?.reasons).toEqual([
        'a macro it uses changed',
      ]);
      await expectLaw(lab);
    } finally {
      await lab.close();
    }
  });

  test('a column that is dropped stops with its name, and --full-refresh builds the table anew', async () => {
    const lab = await openChatLab(target);
    try {
      await lab.runWell();
      await lab.edit('sql/messages_daily.sql', ', count(distinct user_id) as users', '');
      await lab.edit('sql/message_view.sql', 'messages, users', 'messages');
      const report = await lab.run();
      expect(report.error).toMatchObject({ code: 'SCHEMA_CHANGE' });
      expect(report.error?.message).toContain("column 'users' is gone");
      expect(report.error?.hint).toContain('--full-refresh');
      await lab.runWell({ fullRefresh: true });
      await expectLaw(lab);
    } finally {
      await lab.close();
    }
  });

  test('pipelines run alone, in any order, miss nothing of each other', async () => {
    const lab = await openChatLab(target);
    try {
      await lab.write(
        'pipelines/more.yaml',
        `pipeline: more\nmodels:\n  other_fact: { sql: other_fact.sql, strategy: merge, key: message_id }\n`,
      );
      await lab.write(
        'sql/other_fact.sql',
        'select id as message_id, user_id, body_chars from {{delta "stg_messages"}}',
      );
      await lab.runWell();
      for (const [round, pipelines] of [['chat'], ['more'], ['chat'], ['chat'], ['more'], []].entries()) {
        await lab.oltp.query(
          `update messages set body = concat(body, '${round}'), updated_at = now(6) where id = ${1 + (round % 4)}`,
        );
        await lab.oltp.query(
          `insert into messages (user_id, body, created_at, updated_at) values (1, 'n', now(6), now(6))`,
        );
        await lab.runWell({ pipelines });
      }
      await expectLaw(lab, [...chatTables, 'other_fact']);
    } finally {
      await lab.close();
    }
  });

  test.each([
    { model: 'messages_daily', wrong: 'count(distinct user_idd)', right: 'count(distinct user_id)' },
    { model: 'message_view', wrong: 'messagess > 0', right: 'messages > 0' },
  ])('$model fails: everything stays as it was, and the journal names step, file and line', async (edited) => {
    const { model, wrong, right } = edited;
    const place = new RegExp(`^sql/${model}\\.sql:1:\\d+`);
    const lab = await openChatLab(target);
    try {
      await lab.runWell();
      const before = await lab.allRows(chatTables);
      await lab.oltp.query(
        `insert into messages (user_id, body, created_at, updated_at) values (2, 'x', now(6), now(6))`,
      );
      await lab.edit(`sql/${model}.sql`, right, wrong);
      const report = await lab.run();
      expect(report.status).toBe('failed');
      expect(report.error).toMatchObject({ code: 'MODEL_SQL' });
      expect(report.error?.where).toMatch(place);
      expect(await lab.allRows(chatTables)).toEqual(before);
      const [failed] = await lab.query(
        "select step, error_code, error_place from etl_step_log where status = 'failed'",
      );
      expect(failed).toMatchObject({ step: model, error_code: 'MODEL_SQL' });
      expect(String(failed?.error_place)).toMatch(place);
      await lab.edit(`sql/${model}.sql`, wrong, right);
      await lab.runWell();
      await expectLaw(lab);
    } finally {
      await lab.close();
    }
  });

  test('a blocking test that finds rows rolls the run back and keeps the rows', async () => {
    const lab = await openChatLab(target);
    try {
      await lab.runWell();
      const before = await lab.rows('fact_message');
      await lab.edit('pipelines/chat.yaml', '{ unique: message_id }', '{ unique: date_key }');
      await lab.oltp.query(
        `insert into messages (user_id, body, created_at, updated_at) values (2, 'x', '2024-01-01', now(6))`,
      );
      expect((await lab.run()).error).toMatchObject({ code: 'TEST_FAILED' });
      expect(await lab.rows('fact_message')).toEqual(before);
      const [failure] = await lab.query('select step, test, rows_failed, sample from etl_test_failures');
      expect(failure).toMatchObject({ step: 'fact_message', test: 'unique (date_key)' });
      expect(String(failure?.sample)).toContain('20240101');
    } finally {
      await lab.close();
    }
  });

  test('in step mode a failed step holds back only what stands on it', async () => {
    const lab = await openChatLab(target);
    try {
      await lab.edit('chat-etl.config.yaml', 'into: olap }', 'into: olap, atomicity: step }');
      await lab.runWell();
      await lab.oltp.query(
        `insert into messages (user_id, body, created_at, updated_at) values (2, 'a long new one', now(6), now(6))`,
      );
      await lab.edit('sql/messages_daily.sql', 'count(distinct user_id)', 'count(distinct user_idd)');
      const report = await lab.run();
      const status = Object.fromEntries(report.steps.map((step) => [step.step, step.status]));
      expect(report.status).toBe('failed');
      expect(status).toMatchObject({
        stg_messages: 'succeeded',
        fact_message: 'succeeded',
        fact_long_message: 'succeeded',
        messages_daily: 'failed',
        message_view: 'blocked',
      });
      await lab.edit('sql/messages_daily.sql', 'user_idd', 'user_id');
      await lab.runWell();
      await expectLaw(lab);
    } finally {
      await lab.close();
    }
  });

  test('a second run beside a first is refused and names the holder', async () => {
    const lab = await openChatLab(target);
    try {
      await lab.runWell();
      const child = spawn(process.execPath, [killRun, lab.root, 'stage:transform', 'SIGSTOP'], { stdio: 'ignore' });
      const exit = once(child, 'exit');
      await stopped(child.pid ?? 0);
      const { error, status } = await lab.run();
      child.kill('SIGKILL');
      await exit;
      expect(status).toBe('failed');
      expect(error?.code).toBe('WAREHOUSE_LOCKED');
      expect(error?.message).toContain(String(child.pid));
      await lab.runWell();
    } finally {
      await lab.close();
    }
  });
});

/** Resolves once a process has been stopped by SIGSTOP; the system tells it nowhere but in its state. */
async function stopped(pid: number): Promise<void> {
  while (!/\) T /.test(await readFile(`/proc/${pid}/stat`, 'utf8'))) await wait(20);
}

test('a cursor without an index is a warning in the plan', async () => {
  const lab = await openChatLab('duckdb');
  try {
    await lab.oltp.query('alter table messages drop index updated_at');
    const { config, project } = await openProject({ root: lab.root, env: {} });
    const selection = { pipelines: [], withUpstreams: true, fullRefresh: false, reload: [] };
    const { plan } = await planProject({ config, project, selection });
    const warnings = plan.steps.flatMap(({ step, warnings }) => warnings.map(({ message }) => `${step}: ${message}`));
    expect(warnings).toEqual([
      'stg_messages: no index starts with updated_at: each read scans the whole table (an index on (updated_at, id) helps)',
    ]);
  } finally {
    await lab.close();
  }
});
