/** An update of an upstream's row passes by the models that read no column which it changed. */
import { describe, expect, test } from 'vitest';
import { openChatLab } from './chat-lab.js';
import { type Lab, targets } from './lab.js';

const tables = ['fact_message', 'fact_long_message', 'user_days', 'long_days'] as const;

const files = {
  'pipelines/daily.yaml': `
pipeline: daily
models:
  user_days:
    sql: user_days.sql
    strategy: partition
    key: user_id
    partition_by: user_id
    from: { fact_message: user_id }
  long_days:
    sql: long_days.sql
    strategy: partition
    key: date_key
    partition_by: date_key
    from: { fact_message: date_key }
`,
  'sql/user_days.sql': `select user_id, count(distinct date_key) as days, max(country) as country
from {{ref "fact_message"}}
where {{dirty "user_id"}}
group by user_id
`,
  'sql/long_days.sql': `select f.date_key, max(f.body_chars) as chars
from {{ref "fact_message"}} f
where {{dirty "f.date_key"}}
group by f.date_key
`,
};

async function openDaysLab(target: 'duckdb' | 'mysql'): Promise<Lab> {
  const lab = await openChatLab(target);
  for (const [file, text] of Object.entries(files)) await lab.write(file, text);
  await lab.runWell();
  return lab;
}

/** Changes what is published, behind the back of all runs: where it stays, nothing was computed again. */
async function forge(lab: Lab): Promise<void> {
  await lab.query('update user_days set days = 99');
  await lab.query('update long_days set chars = 99');
}

async function forgedRows(lab: Lab) {
  const count = async (sql: string) => Number((await lab.query(sql))[0]?.n);
  return {
    userDays: await count('select count(*) as n from user_days where days = 99'),
    longDays: await count('select count(*) as n from long_days where chars = 99'),
    countries: await count('select count(*) as n from fact_message where country <> lower(country)'),
  };
}

async function expectLaw(lab: Lab): Promise<void> {
  const rebuilt = await lab.rebuilt(tables);
  expect(await lab.allRows(tables)).toEqual(rebuilt);
}

describe.each(targets)('into %s', (target) => {
  test('an edit of a text is computed again by those alone that read its length', async () => {
    const lab = await openDaysLab(target);
    try {
      await forge(lab);
      await lab.oltp.query(`update messages set body = 'hello, all of you', updated_at = now(6) where id = 1`);
      await lab.runWell();
      expect(await forgedRows(lab)).toMatchObject({ userDays: 3, longDays: 2 });
      const days = await lab.query('select chars from long_days where date_key = 20240101');
      expect(days.map(({ chars }) => Number(chars))).toEqual([17]);
    } finally {
      await lab.close();
    }
  });

  test('a user that is renamed concerns no message, one that moves all of theirs', async () => {
    const lab = await openDaysLab(target);
    try {
      await forge(lab);
      await lab.query('update fact_message set country = upper(country)');
      await lab.oltp.query(`update users set name = 'Anne', updated_at = now(6) where id = 1`);
      await lab.runWell();
      expect(await forgedRows(lab)).toEqual({ userDays: 3, longDays: 3, countries: 3 });
      await lab.oltp.query(`update users set country = 'nl', updated_at = now(6) where id = 1`);
      await lab.runWell();
      expect(await forgedRows(lab)).toEqual({ userDays: 2, longDays: 3, countries: 1 });
    } finally {
      await lab.close();
    }
  });

  test('each single column that a model reads brings it its changes, those of several runs too', async () => {
    const lab = await openDaysLab(target);
    try {
      const changes = [
        `update messages set created_at = '2024-01-05 10:00', updated_at = now(6) where id = 1`,
        `update messages set user_id = 3, updated_at = now(6) where id = 2`,
        `update users set country = 'nl', updated_at = now(6) where id = 3`,
        `update messages set body = 'a text of many more letters', updated_at = now(6) where id = 3`,
        `update messages set deleted_at = now(6), updated_at = now(6) where id = 4`,
      ];
      for (const change of changes) {
        await lab.oltp.query(change);
        await lab.runWell();
        await expectLaw(lab);
      }
      for (const change of [
        `update messages set deleted_at = null, updated_at = now(6) where id = 4`,
        `update messages set body = 'x', updated_at = now(6) where id = 4`,
        `update messages set created_at = '2024-01-07 10:00', updated_at = now(6) where id = 1`,
        `update messages set body = 'y', updated_at = now(6) where id = 1`,
      ]) {
        await lab.oltp.query(change);
        await lab.runWell({ pipelines: ['chat'] });
      }
      await lab.runWell({ pipelines: ['daily'] });
      await expectLaw(lab);
    } finally {
      await lab.close();
    }
  });

  test('a log of before, that says nothing of columns, counts as changes of all', async () => {
    const lab = await openDaysLab(target);
    try {
      await lab.oltp.query(`update messages set body = 'hello, all of you', updated_at = now(6) where id = 1`);
      await lab.runWell({ pipelines: ['chat'] });
      await lab.query('alter table etl_changes_fact_message drop column etl_changed_body_chars');
      await lab.runWell({ pipelines: ['daily'], withUpstreams: false });
      await expectLaw(lab);
      // Beside rows that say it, and in a log that has got the column since.
      await lab.oltp.query(`update messages set body = 'hello', updated_at = now(6) where id = 1`);
      await lab.runWell({ pipelines: ['chat'] });
      await lab.query('update etl_changes_fact_message set etl_changed_body_chars = null');
      await lab.runWell({ pipelines: ['daily'], withUpstreams: false });
      await expectLaw(lab);
    } finally {
      await lab.close();
    }
  });
});
