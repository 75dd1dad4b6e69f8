/** Data tests over changed rows find what they would over the whole table, and look at no more. */
import { expect, onTestFinished, test } from 'vitest';
import { type Lab, openLab, targets } from '../e2e/lab.js';

/** `tests` of fact_message; `ofSource` keys of the source of messages. */
const project = (tests: string, ofSource = '') => `
pipeline: chat
sources:
  users: { table: users, key: id, incremental: { cursor: updated_at }, deletes: detect }
  messages: { table: messages, key: id, incremental: { cursor: updated_at }, deletes: detect${ofSource} }
models:
  dim_user: { sql: dim_user.sql, strategy: merge, key: user_id }
  fact_message:
    sql: fact_message.sql
    strategy: merge
    key: message_id
    tests: [ ${tests} ]
`;

const notNull = '{ not_null: room }';
const known = '{ relationship: { column: user_id, to: dim_user.user_id } }';

async function openChat(target: Lab['target'], tests: string, ofSource?: string): Promise<Lab> {
  const lab = await openLab({
    target,
    oltp: [
      `create table users (id bigint primary key, updated_at datetime(6) not null, key (updated_at, id))`,
      `create table messages (id bigint primary key, user_id bigint, room varchar(20), updated_at datetime(6) not null, key (updated_at, id))`,
      `insert into users values (1, '2024-01-01'), (2, '2024-01-01')`,
      `insert into messages values (1, 1, 'a', '2024-01-01'), (2, 2, 'b', '2024-01-01'), (3, 1, 'c', '2024-01-01')`,
    ],
    files: {
      'pipelines/chat.yaml': project(tests, ofSource),
      'sql/dim_user.sql': `select id as user_id from {{delta "stg_users"}}`,
      'sql/fact_message.sql': `select id as message_id, user_id, room from {{delta "stg_messages"}}`,
    },
  });
  onTestFinished(() => lab.close());
  await lab.runWell();
  return lab;
}

/** Also looks for rows that are gone. */
const detect = ['stg_users', 'stg_messages'];

async function failureOf(lab: Lab): Promise<string | undefined> {
  return (await lab.run({ detect })).error?.message;
}

/** Breaks a row of the published table behind the back of all runs: a test that looks at it fails. */
async function breakByHand(lab: Lab, column: string): Promise<void> {
  await lab.query(`update fact_message set ${column} = null where message_id = 3`);
}

test.each(targets)('%s: a test that passed before looks at changed rows alone', async (target) => {
  const lab = await openChat(target, notNull);
  await breakByHand(lab, 'room');
  await lab.oltp.query(`insert into messages values (4, 1, 'd', '2024-01-02')`);
  await lab.runWell();
  expect(await lab.rows('fact_message', 'message_id')).toHaveLength(4);
});

test.each(targets)('%s: a changed row that fails a test stops the run', async (target) => {
  const lab = await openChat(target, `${notNull}, ${known}`);
  await lab.oltp.query(`insert into messages values (4, 1, null, '2024-01-02')`);
  expect(await failureOf(lab)).toBe('fact_message: not_null (room): 1 rows');
  await lab.oltp.query(`update messages set room = 'd', user_id = 9 where id = 4`);
  expect(await failureOf(lab)).toBe('fact_message: relationship (user_id to dim_user.user_id): 1 rows');
  await lab.oltp.query(`update messages set user_id = 1 where id = 4`);
  await lab.runWell();
});

test.each(targets)(
  '%s: a source of which rows changed tests these alone, and stops the run at one that fails',
  async (target) => {
    const lab = await openChat(target, '', ', tests: [ { not_null: room } ]');
    await lab.oltp.query(`insert into messages values (4, 1, 'd', '2024-01-10')`);
    // As yet old rows are read again, which mends them.
    for (let run = 0; run < 2; run++) await lab.runWell();
    await lab.query(`update stg_messages set room = null where id = 3`);
    await lab.oltp.query(`insert into messages values (5, 1, 'e', '2024-01-11')`);
    await lab.runWell();
    expect(await lab.query('select room from stg_messages where id = 3')).toEqual([{ room: null }]);
    await lab.oltp.query(`update messages set room = null, updated_at = '2024-01-12' where id = 5`);
    // Told of the whole table: the row broken by hand is in it.
    expect(await failureOf(lab)).toBe('stg_messages: not_null (room): 2 rows');
  },
);

test.each(targets)('%s: rows that a source keeps though they are deleted are tested as they become', async (target) => {
  const source = ', deleted_rows: keep, erase: room, tests: [ { not_null: room, where: user_id = 2 } ]';
  const lab = await openChat(target, '', source);
  await lab.oltp.query(`delete from messages where id = 2`);
  expect(await failureOf(lab)).toBe('stg_messages: not_null (room): 1 rows');
});

test.each(targets)('%s: rows that point at a row that is removed fail though they have not changed', async (target) => {
  const lab = await openChat(target, known);
  await lab.oltp.query(`delete from users where id = 2`);
  expect(await failureOf(lab)).toBe('fact_message: relationship (user_id to dim_user.user_id): 1 rows');
  await lab.oltp.query(`delete from messages where id = 2`);
  await lab.runWell({ detect });
});

test('after a test that warned, and for one that is new, all rows are looked at', async () => {
  const lab = await openChat('duckdb', known);
  await breakByHand(lab, 'room');
  await lab.edit('pipelines/chat.yaml', known, `${known}, { not_null: room, severity: warn }`);
  await lab.oltp.query(`insert into messages values (4, 1, 'd', '2024-01-02')`);
  await lab.runWell();
  const failed = `select rows_failed as n from etl_test_failures where test = 'not_null (room)' order by run_id`;
  expect(await lab.query(failed)).toHaveLength(1);
  await lab.oltp.query(`insert into messages values (5, 1, 'e', '2024-01-03')`);
  await lab.runWell();
  expect(await lab.query(failed)).toHaveLength(2);
});

test('a table that changed while its test was not there is looked at whole', async () => {
  const lab = await openChat('duckdb', notNull);
  await lab.edit('pipelines/chat.yaml', notNull, '');
  await lab.oltp.query(`insert into messages values (4, 1, null, '2024-01-02')`);
  await lab.runWell();
  await lab.edit('pipelines/chat.yaml', 'tests: [  ]', `tests: [ ${notNull} ]`);
  await lab.oltp.query(`insert into messages values (5, 1, 'e', '2024-01-03')`);
  expect(await failureOf(lab)).toBe('fact_message: not_null (room): 1 rows');
});

test('a test whose condition asks the clock looks at all rows', async () => {
  const lab = await openChat('duckdb', `{ not_null: room, where: now() > timestamp '2024-01-01' }`);
  await breakByHand(lab, 'room');
  await lab.oltp.query(`insert into messages values (4, 1, 'd', '2024-01-02')`);
  expect(await failureOf(lab)).toBe('fact_message: not_null (room): 1 rows');
});

test('a table that is made anew is looked at whole', async () => {
  const lab = await openChat('duckdb', notNull);
  await lab.oltp.query(`update messages set room = null where id = 3`);
  expect(await failureOf({ ...lab, run: () => lab.run({ fullRefresh: true }) })).toBe(
    'fact_message: not_null (room): 1 rows',
  );
});
