/** Data tests of two tables that are published one after the other. */
import { expect, onTestFinished, test } from 'vitest';
import { type Lab, openLab } from '../e2e/lab.js';

const tables = `(id bigint primary key, user_id bigint, updated_at datetime(6) not null, key (updated_at, id))`;

/** fact_message comes before dim_user, and is tested against it. */
async function openStepwise(): Promise<Lab> {
  const lab = await openLab({
    target: 'duckdb',
    config: '',
    oltp: [
      `create table users ${tables}`,
      `create table messages ${tables}`,
      `insert into users values (1, null, '2024-01-01')`,
      `insert into messages values (1, 1, '2024-01-01')`,
    ],
    files: {
      'pipelines/chat.yaml': `
pipeline: chat
sources:
  users: { table: users, key: id, incremental: { cursor: updated_at } }
  messages: { table: messages, key: id, incremental: { cursor: updated_at } }
models:
  fact_message:
    sql: fact_message.sql
    strategy: merge
    key: message_id
    tests: [ { relationship: { column: user_id, to: dim_user.user_id } } ]
  dim_user: { sql: dim_user.sql, strategy: table, key: user_id }
`,
      'sql/fact_message.sql': `select id as message_id, user_id from {{delta "stg_messages"}}`,
      'sql/dim_user.sql': `select id as user_id from {{ref "stg_users"}}`,
    },
  });
  await lab.edit('chat-etl.config.yaml', 'into: olap', 'into: olap, atomicity: step');
  onTestFinished(() => lab.close());
  return lab;
}

test('step by step, a test of two tables sees both as the run leaves them', async () => {
  const lab = await openStepwise();
  await lab.runWell();
  await lab.oltp.query(`insert into users values (2, null, '2024-01-02')`);
  await lab.oltp.query(`insert into messages values (2, 2, '2024-01-02')`);
  await lab.runWell();
  expect(await lab.rows('fact_message')).toHaveLength(2);
});

test('step by step, a test of two tables is run where only the one published first has changed', async () => {
  const lab = await openStepwise();
  await lab.runWell();
  await lab.oltp.query(`insert into messages values (2, 3, '2024-01-02')`);
  const report = await lab.run();
  expect(report.error).toMatchObject({
    code: 'TEST_FAILED',
    message: 'fact_message: relationship (user_id to dim_user.user_id): 1 rows',
  });
});

test('a pipeline alone, in an empty warehouse, has the tables that its tests look into', async () => {
  const lab = await openStepwise();
  await lab.edit('chat-etl.config.yaml', 'atomicity: step', 'atomicity: run');
  await lab.edit('pipelines/chat.yaml', '  dim_user: { sql: dim_user.sql, strategy: table, key: user_id }\n', '');
  await lab.write(
    'pipelines/people.yaml',
    'pipeline: people\nmodels:\n  dim_user: { sql: dim_user.sql, strategy: table, key: user_id }\n',
  );
  const report = await lab.runWell({ pipelines: ['chat'] });
  expect(report.steps.map(({ step }) => step)).toContain('dim_user');
});
