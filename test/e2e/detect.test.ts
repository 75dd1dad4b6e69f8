/** `deletes: detect`: what is gone from the source leaves staging and everything that stands on it. */
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runSql } from '../engines/duckdb/lab.js';
import { chatTables, openChatLab } from './chat-lab.js';
import { openItemsLab } from './items-lab.js';
import { type Lab, targets } from './lab.js';

type Target = (typeof targets)[number];

const daily = {
  'pipelines/daily.yaml': `
pipeline: daily
models:
  user_days: { sql: user_days.sql, strategy: partition, key: user_id, partition_by: user_id, from: { fact_message: user_id } }
`,
  'sql/user_days.sql': `select user_id, min(date_key) as first_key, count(*) as messages
from {{ref "fact_message"}} where {{dirty "user_id"}} group by user_id
`,
};
const tables = [...chatTables, 'user_days'];
const all = ['stg_messages', 'stg_users'];

async function openDetectingLab(target: Target): Promise<Lab> {
  const lab = await openChatLab(target);
  onTestFinished(() => lab.close());
  for (const [file, text] of Object.entries(daily)) await lab.write(file, text);
  const cursor = 'incremental: { cursor: updated_at }';
  await lab.edit('pipelines/chat.yaml', `${cursor}\nmodels:`, `${cursor}\n    deletes: detect\nmodels:`);
  await lab.edit('pipelines/chat.yaml', '{ soft_column: deleted_at }', '{ soft_column: deleted_at, detect: {} }');
  return lab;
}

async function ids(lab: Lab, table: string, column = 'id'): Promise<readonly number[]> {
  const rows = await lab.query(`select ${column} as id from ${table} order by 1`);
  return rows.map(({ id }) => Number(id));
}

const seen = { models: { seen: 'strategy: view' }, sql: { seen: 'select count(*) as n from {{ref "stg_items"}}' } };

const everLookedAt = (lab: Lab, at: string) => lab.query(`update etl_watermark set detected_at = timestamp '${at}'`);

describe.each(targets)('into %s', (target) => {
  test('a row deleted in the source leaves staging, facts, aggregates and the open part of a snapshot', async () => {
    const lab = await openDetectingLab(target);
    await lab.runWell();
    await lab.oltp.query('delete from messages where id in (2, 3)');
    await lab.oltp.query('delete from users where id = 2');
    await lab.oltp.query(`update users set deleted_at = now(6), updated_at = now(6) where id = 3`);
    const report = await lab.runWell({ detect: all });
    const removed = report.steps.map(({ step, rowsDeleted }) => [step, rowsDeleted]);
    expect(Object.fromEntries(removed)).toMatchObject({ stg_messages: 2, stg_users: 2, fact_message: 2, user_days: 1 });
    expect(await ids(lab, 'stg_messages')).toEqual([1, 4]);
    expect(await ids(lab, 'stg_users')).toEqual([1]);
    expect(await ids(lab, 'fact_message', 'message_id')).toEqual([1, 4]);
    expect(await ids(lab, 'user_days', 'user_id')).toEqual([1, 3]);
    expect((await lab.rows('user_days', 'user_id, messages'))[0]).toBe('{"user_id":1,"messages":1}');
    const history = await lab.query('select user_id, is_current from dim_user order by user_id');
    expect(history.map((row) => [Number(row.user_id), Number(row.is_current)])).toEqual([
      [1, 1],
      [2, 0],
      [3, 0],
    ]);
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
  });

  test('deletes are looked for when the interval is over, and not before; each run carries the time on', async () => {
    const lab = await openDetectingLab(target);
    await lab.runWell();
    await lab.oltp.query('delete from messages where id = 3');
    await everLookedAt(lab, new Date(Date.now() - 5 * 3_600_000).toISOString().slice(0, 19).replace('T', ' '));
    for (let runs = 0; runs < 2; runs++) {
      const { steps } = await lab.runWell();
      expect(steps[0]?.reasons.at(-1)).toBe('deletes are not due yet: last 5 h ago, every 6 h');
      expect(await ids(lab, 'stg_messages')).toEqual([1, 2, 3, 4]);
    }
    await everLookedAt(lab, '2020-01-01 00:00:00');
    const due = await lab.runWell();
    expect(due.steps[0]?.reasons.at(-1)).toMatch(/^deletes are looked for: last \d+ d ago, every 6 h$/);
    expect(await ids(lab, 'stg_messages')).toEqual([1, 2, 4]);
    const after = await lab.runWell();
    expect(after.steps[0]?.reasons.at(-1)).toMatch(/^deletes are not due yet: last \d+ s ago, every 6 h$/);
  });

  test('where nothing was deleted, nothing changes', async () => {
    const lab = await openDetectingLab(target);
    await lab.runWell();
    const before = await lab.allRows(tables);
    const { steps } = await lab.runWell({ detect: all });
    expect(steps.filter(({ kind }) => kind === 'model').every(({ status }) => status === 'skipped')).toBe(true);
    expect(await lab.allRows(tables)).toEqual(before);
  });

  test('neither a row that comes while its run goes on nor one that is committed late is removed', async () => {
    const lab = await openDetectingLab(target);
    await lab.runWell();
    const late = await createConnection(lab.oltp.options);
    onTestFinished(() => late.end());
    await late.query('start transaction');
    await late.query(`insert into messages (id, user_id, created_at, updated_at) values (50, 1, now(6), now(6))`);
    await lab.oltp.query(`insert into messages (id, user_id, created_at, updated_at) values (60, 1, now(6), now(6))`);
    let inserted: Promise<unknown> = Promise.resolve();
    const onEvent = (event: { readonly type: string; readonly stage?: string }) => {
      if (event.type !== 'stage' || event.stage !== 'transform') return;
      const values = `(70, 1, now(6), now(6))`;
      inserted = lab.oltp.query(`insert into messages (id, user_id, created_at, updated_at) values ${values}`);
    };
    await lab.runWell({ detect: all, onEvent });
    await inserted;
    expect(await ids(lab, 'stg_messages')).toEqual([1, 2, 3, 4, 60]);
    await late.query('commit');
    await lab.runWell({ detect: all });
    expect(await ids(lab, 'stg_messages')).toEqual([1, 2, 3, 4, 50, 60, 70]);
    await lab.runWell({ detect: all });
    expect(await ids(lab, 'fact_message', 'message_id')).toEqual([1, 2, 3, 4, 50, 60, 70]);
  });

  test('a key that was removed and comes again is there again', async () => {
    const lab = await openDetectingLab(target);
    await lab.runWell();
    await lab.oltp.query('delete from messages where id = 3');
    await lab.runWell({ detect: all });
    await lab.oltp.query(
      `insert into messages (id, user_id, body, created_at, updated_at) values (3, 2, 'again', '2024-03-01', now(6))`,
    );
    await lab.runWell({ detect: all });
    expect(await ids(lab, 'stg_messages')).toEqual([1, 2, 3, 4]);
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
  });

  test('a key of several columns, one of them renamed and one computed, is compared exactly', async () => {
    const lab = await openItemsLab(target, {
      ...seen,
      source: [
        'key: [item, letter]',
        'deletes: { detect: { every: 1h } }',
        'columns: { exclude: [v], rename: { id: item }, add: { letter: "upper(code)" } }',
      ],
    });
    await lab.edit('pipelines/p.yaml', '    key: id\n', '');
    await lab.oltp.query(
      `insert into items values (4, 'ä', 1, 1, '2024-01-01', 0), (5, 'ß\\t', 1, 1, '2024-01-01', 0)`,
    );
    await lab.runWell();
    await lab.oltp.query('delete from items where id in (1, 4)');
    await lab.runWell({ detect: ['stg_items'] });
    expect(await ids(lab, 'stg_items', 'item')).toEqual([2, 3, 5]);
  });

  test('text keys that differ in case, accents or spaces at their end are different keys', async () => {
    const lab = await openItemsLab(target, { ...seen, source: ['deletes: detect'] });
    await lab.edit('pipelines/p.yaml', '    key: id\n', '    key: name\n');
    await lab.edit('pipelines/p.yaml', 'table: items', 'table: names');
    await lab.oltp.query(
      'create table names (name varchar(20) collate utf8mb4_bin primary key, updated_at datetime(6))',
    );
    await lab.oltp.query(
      `insert into names values ('a', now(6)), ('A', now(6)), ('á', now(6)), ('😀', now(6)), ('', now(6))`,
    );
    await lab.runWell();
    await lab.oltp.query(`delete from names where name in ('A', '')`);
    await lab.runWell({ detect: ['stg_items'] });
    expect((await lab.query('select name from stg_items')).map(({ name }) => name).sort()).toEqual(['a', 'á', '😀']);
  });

  test('of a DuckDB file too: its keys, and its rows without a cursor', async () => {
    const lab = await openItemsLab(target, { ...seen, source: ['deletes: detect'] });
    const file = join(lab.root, 'chat.duckdb');
    await lab.edit('chat-etl.config.yaml', 'run: { from: oltp', 'run: { from: chat');
    await lab.edit('chat-etl.config.yaml', 'connections:', `connections:\n  chat: { type: duckdb, path: "${file}" }`);
    await runSql(
      file,
      'create table items (id ubigint primary key, body varchar, updated_at timestamp)',
      `insert into items select i, 'x', timestamp '2024-01-01' + to_days(i) from range(1, 6) r(i)`,
      `insert into items values (9, 'y', null)`,
    );
    await lab.runWell();
    await runSql(file, 'delete from items where id in (2, 5)', `insert into items values (7, 'z', '2024-02-01')`);
    await lab.runWell({ detect: ['stg_items'] });
    expect(await ids(lab, 'stg_items')).toEqual([1, 3, 4, 7, 9]);
    await lab.edit('pipelines/p.yaml', 'cursor: updated_at', 'cursor: updated_at, null_cursor: skip');
    await lab.runWell();
    expect(await ids(lab, 'stg_items')).toEqual([1, 3, 4, 7]);
    await runSql(file, 'update items set updated_at = null where id = 3', 'delete from items where id = 1');
    await lab.runWell({ detect: ['stg_items'] });
    expect(await ids(lab, 'stg_items')).toEqual([4, 7]);
    await lab.edit('pipelines/p.yaml', 'null_cursor: skip', 'null_cursor: error');
    const { error } = await lab.run();
    expect(error?.message).toMatch(/^items has rows whose cursor updated_at is NULL, such as id = [39]$/);
  });
});
