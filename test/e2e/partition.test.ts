/** Strategy `partition`: only dirty partitions are computed again, and the result equals a rebuild. */
import { describe, expect, test } from 'vitest';
import { openChatLab } from './chat-lab.js';
import { type Lab, targets } from './lab.js';

const tables = ['fact_message', 'reactions_daily', 'active_users', 'user_days', 'user_starts'] as const;

const files = {
  'pipelines/daily.yaml': `
pipeline: daily
sources:
  reactions: { table: reactions, key: id, incremental: { cursor: updated_at }, deletes: { soft_column: removed_at } }
models:
  reactions_daily:
    sql: reactions_daily.sql
    strategy: partition
    key: date_key
    partition_by: date_key
    from: { fact_message: date_key, stg_reactions: { through: fact_message, on: message_id } }
  active_users:
    sql: active_users.sql
    strategy: partition
    key: date_key
    partition_by: date_key
    from: { fact_message: date_key }
    spread: { after: 2 }
  user_days:
    sql: user_days.sql
    strategy: partition
    key: user_id
    partition_by: user_id
    from: { fact_message: user_id }
  user_starts:
    sql: user_starts.sql
    strategy: partition
    key: first_key
    partition_by: first_key
    from: { user_days: first_key }
`,
  'sql/reactions_daily.sql': `select m.date_key, count(distinct m.message_id) as messages, count(r.id) as reactions
from {{ref "fact_message"}} m
left join {{ref "stg_reactions"}} r on r.message_id = m.message_id
where {{dirty "m.date_key"}}
group by m.date_key
`,
  'sql/active_users.sql': `with days as (select distinct date_key, user_id from {{ref "fact_message"}} where {{dirty "date_key" before=2}})
select d.date_key, count(distinct w.user_id) as users
from (select distinct date_key from days) d
join days w on {{date_of_key "w.date_key"}} between {{add_days (date_of_key "d.date_key") "-2"}} and {{date_of_key "d.date_key"}}
where {{dirty "d.date_key"}}
group by d.date_key
`,
  'sql/user_days.sql': `select user_id, min(date_key) as first_key, count(distinct date_key) as days, count(*) as messages
from {{ref "fact_message"}}
where {{dirty "user_id"}}
group by user_id
`,
  'sql/user_starts.sql': `select first_key, count(*) as users, sum(messages) as messages
from {{ref "user_days"}}
where {{dirty "first_key"}}
group by first_key
`,
};

async function openDailyLab(target: 'duckdb' | 'mysql'): Promise<Lab> {
  const lab = await openChatLab(target);
  await lab.oltp.query(`create table reactions (id bigint unsigned primary key auto_increment,
    message_id bigint unsigned not null, updated_at datetime(6) not null, removed_at datetime(6), key (updated_at, id))`);
  await lab.oltp.query(
    `insert into reactions (message_id, updated_at) values (1, '2024-01-05'), (1, '2024-01-05'), (3, '2024-01-05')`,
  );
  for (const [file, text] of Object.entries(files)) await lab.write(file, text);
  return lab;
}

async function expectLaw(lab: Lab): Promise<void> {
  const rebuilt = await lab.rebuilt(tables);
  expect(await lab.allRows(tables)).toEqual(rebuilt);
}

const touch = 'updated_at = now(6)';
const histories: Readonly<Record<string, readonly string[]>> = {
  'a message of a day long gone by': [
    `insert into messages (user_id, body, created_at, updated_at) values (2, 'late', '2022-03-04 10:00', now(6))`,
  ],
  'a first message that is deleted, edited or moved': [
    `update messages set deleted_at = now(6), ${touch} where id = 1`,
    `update messages set created_at = '2023-12-30', ${touch} where id = 2`,
    `update messages set user_id = 3, ${touch} where id = 3`,
  ],
  'the only message of a day that is deleted: its partition vanishes': [
    `update messages set deleted_at = now(6), ${touch} where id = 4`,
  ],
  'reactions that come, go and move to another message': [
    `insert into reactions (message_id, updated_at) values (4, now(6))`,
    `update reactions set removed_at = now(6), ${touch} where id = 1`,
    `update reactions set message_id = 2, ${touch} where id = 3`,
  ],
  'a message whose day is unknown': [`update messages set created_at = '2024-01-02', ${touch} where id = 4`],
};

describe.each(targets)('into %s', (target) => {
  test.each(Object.entries(histories))('%s: every table equals its rebuild', async (_, statements) => {
    const lab = await openDailyLab(target);
    try {
      await lab.runWell();
      for (const statement of statements) await lab.oltp.query(statement);
      const report = await lab.runWell();
      const rebuilt = report.steps.filter(({ action }) => action === 'rebuild').map(({ step }) => step);
      expect(rebuilt.filter((step) => step !== 'messages_daily')).toEqual([]);
      await expectLaw(lab);
    } finally {
      await lab.close();
    }
  });

  test('a row that moved over several days in several runs dirties all of them for a consumer that slept', async () => {
    const lab = await openDailyLab(target);
    try {
      await lab.runWell();
      for (const day of ['2024-01-03', '2024-01-05', '2024-01-07']) {
        await lab.oltp.query(`update messages set created_at = '${day} 12:00', ${touch} where id = 1`);
        await lab.runWell({ pipelines: ['chat'] });
      }
      await lab.runWell({ pipelines: ['daily'] });
      await expectLaw(lab);
    } finally {
      await lab.close();
    }
  });

  test('only dirty partitions are computed', async () => {
    const lab = await openDailyLab(target);
    try {
      await lab.runWell();
      await lab.oltp.query(
        `insert into messages (user_id, body, created_at, updated_at) values (2, 'x', '2024-01-02', now(6))`,
      );
      const report = await lab.runWell();
      expect(report.steps.find(({ step }) => step === 'reactions_daily')).toMatchObject({
        action: 'update',
        rowsInserted: 0,
        rowsUpdated: 1,
      });
      const dirty = await lab.query('select value from etl_dirty_active_users where reads_before = 0 order by value');
      expect(dirty.map(({ value }) => Number(value))).toEqual([20240102, 20240103, 20240104]);
    } finally {
      await lab.close();
    }
  });

  test('an upstream that `from` does not map has the model rebuilt where it changes, and the reason says so', async () => {
    const lab = await openDailyLab(target);
    try {
      await lab.edit('pipelines/daily.yaml', ', stg_reactions: { through: fact_message, on: message_id }', '');
      await lab.runWell();
      const ofReactions = async () => (await lab.runWell()).steps.find(({ step }) => step === 'reactions_daily');
      await lab.oltp.query(`insert into reactions (message_id, updated_at) values (4, now(6))`);
      expect(await ofReactions()).toMatchObject({
        action: 'rebuild',
        reasons: ['stg_reactions changed, which `from` does not map'],
      });
      await expectLaw(lab);
      await lab.oltp.query(`update messages set created_at = '2024-01-06', ${touch} where id = 4`);
      expect(await ofReactions()).toMatchObject({ action: 'update' });
      await expectLaw(lab);
    } finally {
      await lab.close();
    }
  });

  test('NULL is a partition', async () => {
    const lab = await openDailyLab(target);
    try {
      await lab.edit(
        'sql/fact_message.sql',
        '{{date_key "m.created_at"}} as date_key',
        'case when m.body_chars > 100 then null else {{date_key "m.created_at"}} end as date_key',
      );
      await lab.edit('pipelines/chat.yaml', '{ not_null: [user_id, date_key] }', '{ not_null: user_id }');
      await lab.edit(
        'pipelines/chat.yaml',
        'messages_daily: { sql: messages_daily.sql, strategy: table, key: date_key }',
        'messages_daily: { sql: messages_daily.sql, strategy: table }',
      );
      await lab.write(
        'sql/reactions_daily.sql',
        files['sql/reactions_daily.sql'].replace('m.date_key,', 'coalesce(m.date_key, 0) as id, m.date_key,'),
      );
      await lab.edit(
        'pipelines/daily.yaml',
        'key: date_key\n    partition_by: date_key\n    from: { fact_message: date_key, stg',
        'key: id\n    partition_by: date_key\n    from: { fact_message: date_key, stg',
      );
      await lab.write(
        'sql/user_days.sql',
        files['sql/user_days.sql'].replace('min(date_key)', 'coalesce(min(date_key), 0)'),
      );
      // A window that counts the messages of unknown days among themselves.
      await lab.write(
        'sql/active_users.sql',
        `${files['sql/active_users.sql']
          .replace('select d.date_key', 'select coalesce(d.date_key, 0) as id, d.date_key')
          .replace(
            '"d.date_key"}}\nwhere',
            '"d.date_key"}}\n  or (w.date_key is null and d.date_key is null)\nwhere',
          )}`,
      );
      await lab.edit(
        'pipelines/daily.yaml',
        'key: date_key\n    partition_by: date_key\n    from: { fact_message: date_key }\n    spread',
        'key: id\n    partition_by: date_key\n    from: { fact_message: date_key }\n    spread',
      );
      await lab.runWell();
      const ofUnknownDays = ['reactions_daily', 'active_users'];
      for (const [body, unknown] of [
        [`repeat('x', 200)`, 1],
        [`'x'`, 0],
      ]) {
        await lab.oltp.query(`update messages set body = ${body}, ${touch} where id in (1, 4)`);
        await lab.runWell();
        const rows = await lab.allRows(ofUnknownDays);
        const ofNull = await lab.query('select count(*) as n from active_users where date_key is null');
        expect(Number(ofNull[0]?.n)).toBe(unknown);
        expect(rows).toEqual(await lab.rebuilt(ofUnknownDays));
      }
    } finally {
      await lab.close();
    }
  });

  test('rows outside the dirty partitions are refused', async () => {
    const lab = await openDailyLab(target);
    try {
      await lab.runWell();
      await lab.edit(
        'sql/user_starts.sql',
        'where {{dirty "first_key"}}',
        'where {{dirty "first_key"}} or first_key = 20240103',
      );
      await lab.runWell();
      await lab.oltp.query(`update messages set deleted_at = now(6), ${touch} where id = 1`);
      expect((await lab.run()).error).toMatchObject({ code: 'DEFINITION' });
    } finally {
      await lab.close();
    }
  });
});
