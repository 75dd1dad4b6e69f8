/** `deletes: detect` reads the keys of those ranges alone in which source and staging differ. */
import { createConnection } from 'mysql2/promise';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.js';
import { openItemsLab } from './items-lab.js';
import { type Lab, targets } from './lab.js';

type Target = (typeof targets)[number];

const seen = { models: { seen: 'strategy: view' }, sql: { seen: 'select count(*) as n from {{ref "stg_items"}}' } };

/** A source of a table of its own, made by `statements`. */
async function openKeyLab(target: Target, key: string, statements: readonly string[]): Promise<Lab> {
  const lab = await openItemsLab(target, { ...seen, source: ['deletes: detect'] });
  await lab.edit('pipelines/p.yaml', 'table: items', 'table: of_key');
  await lab.edit('pipelines/p.yaml', 'key: id', `key: ${key}`);
  for (const statement of statements) await lab.oltp.query(statement);
  return lab;
}

/**
 * Runs until the old rows are behind the mark: that waits for whatever is open on the server, and a connection of the run
 * before may still be on its way out.
 */
async function runUntilMarked(lab: Lab): Promise<void> {
  for (let run = 0; run < 20; run++) {
    await lab.runWell();
    const [last] = await lab.query('select safe from etl_watermark order by batch desc limit 1');
    if (String(last?.safe) > '2024-12') return;
  }
  throw new Error('the mark stays behind the old rows');
}

/** Detects; how many rows and keys were read for it. */
async function readOnDetect(lab: Lab): Promise<number> {
  let rows = 0;
  const onEvent = (event: RunEvent) => {
    if (event.type === 'step-progress') rows = Math.max(rows, event.rows);
  };
  await lab.runWell({ detect: ['stg_items'], onEvent });
  return rows;
}

/** A relation `s` of the numbers from 1 on, in a column `i`. */
const numbers = (count: number) => {
  const digits = Array.from({ length: 10 }, (_, digit) => `select ${digit} as d`).join(' union all ');
  return `(with d as (${digits}) select 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d as i from d a, d b, d c, d e having i <= ${count}) s`;
};

/** An old cursor, so that a run reads none of these rows again; and a newer row that each run reads. */
const old = `'2024-01-01'`;

/** How many of 1,200 keys are read at most where both sides agree, and for two that are gone: all those of text are read sooner than hashed. */
const mostRead = { integer: { agreed: 1, gone: 60 }, hashed: { agreed: 1201, gone: 1201 } };

const kinds = [
  ['an integer', 'id', 'id bigint', `i * 7`, 'id in (700, 8400)', 'integer'],
  [
    'an unsigned integer beyond 2^63',
    'id',
    'id bigint unsigned',
    `18446744073709551000 - i * 1000`,
    'id % 7 = 0 and id > 18446744073709545000',
    'integer',
  ],
  ['a text', 'name', 'name varchar(40)', `concat('user ', i)`, `name in ('user 5', 'user 1000')`, 'hashed'],
  [
    'a case-insensitive text',
    'name',
    'name varchar(40) collate utf8mb4_general_ci',
    `concat('Größe ', i)`,
    `name in ('größe 5', 'größe 1000')`,
    'hashed',
  ],
  [
    'a binary(16)',
    'id',
    'id binary(16)',
    `unhex(lpad(hex(i), 32, '0'))`,
    `id in (unhex(lpad(hex(1), 32, '0')), unhex(lpad(hex(999), 32, '0')))`,
    'hashed',
  ],
  [
    'an ENUM and a number',
    '[kind, id]',
    `kind enum('b', 'A'), id int`,
    `if(i % 2 = 0, 'A', 'b'), i`,
    `kind = 'A' and id in (2, 800)`,
    'hashed',
  ],
  ['two numbers', '[chat_id, user_id]', 'chat_id int, user_id int', `i div 10, i`, 'user_id in (3, 1001)', 'integer'],
] as const;

describe.each(targets)('into %s', (target) => {
  test.each(kinds)(
    'a key that is %s: none of 1,200 keys is read while both sides agree, and few for two deletes; or all, of texts',
    async (_, key, columns, values, gone, lead) => {
      const names = columns
        .split(', ')
        .filter((part) => !part.startsWith(`'`))
        .map((part) => part.split(' ')[0]);
      const list = names.join(', ');
      const lab = await openKeyLab(target, key, [
        `create table of_key (${columns}, updated_at datetime(6) not null default ${old}, primary key (${list}), key (updated_at))`,
        `insert into of_key (${list}) select ${values} from ${numbers(1200)}`,
        `update of_key set updated_at = now(6) order by ${list} desc limit 1`,
      ]);
      await runUntilMarked(lab);
      const most = mostRead[lead];
      expect(await readOnDetect(lab)).toBeLessThanOrEqual(most.agreed);
      const before = await count(lab);
      const removed = await lab.oltp.query(`select count(*) as n from of_key where ${gone}`);
      await lab.oltp.query(`delete from of_key where ${gone}`);
      const rowsRead = await readOnDetect(lab);
      expect(Number(removed[0]?.n)).toBeGreaterThan(0);
      expect(await count(lab)).toBe(before - Number(removed[0]?.n));
      expect(rowsRead).toBeLessThanOrEqual(most.gone);
    },
  );

  test('where rows are gone from most ranges, all keys are read', async () => {
    const lab = await openKeyLab(target, 'id', [
      `create table of_key (id int primary key, updated_at datetime(6) not null default ${old}, key (updated_at))`,
      `insert into of_key (id) select i from ${numbers(6000)}`,
    ]);
    await lab.runWell();
    await lab.oltp.query('delete from of_key where id % 3 = 0');
    expect(await readOnDetect(lab)).toBeGreaterThanOrEqual(4000);
    expect(await count(lab)).toBe(4000);
  });

  test('rows that a mark deletes differ from nothing; one that was marked behind the cursor leaves', async () => {
    const lab = await openItemsLab(target, {
      ...seen,
      source: ['deletes: { soft_column: gone, detect: { every: 1h } }'],
    });
    await lab.oltp.query(`insert into items select 100 + i, 'x', 1, 1, ${old}, i % 2 from ${numbers(50)}`);
    await lab.oltp.query(`insert into items values (999, 'new', 1, 1, now(6), 0)`);
    await runUntilMarked(lab);
    expect(await readOnDetect(lab)).toBeLessThanOrEqual(1);
    await lab.oltp.query('update items set gone = 1 where id in (102, 104)');
    const before = await count(lab);
    expect(await readOnDetect(lab)).toBeLessThanOrEqual(8);
    expect(await count(lab)).toBe(before - 2);
    await lab.oltp.query('update items set gone = 1, updated_at = now(6) where id in (999, 106)');
    await lab.runWell({ detect: ['stg_items'] });
    expect(await count(lab)).toBe(before - 4);
  });

  test('rows that are kept, flagged or purged, differ from nothing', async () => {
    const lab = await openItemsLab(target, {
      ...seen,
      source: ['deletes: detect', 'deleted_rows: keep', 'retention: { column: updated_at, after: 365d }'],
    });
    await lab.oltp.query(`insert into items select 100 + i, 'x', 1, 1, ${old}, 0 from ${numbers(50)}`);
    await lab.oltp.query(
      `insert into items select 200 + i, 'x', 1, 1, now(6) - interval 30 day, 0 from ${numbers(50)}`,
    );
    await lab.oltp.query(`insert into items values (9999, 'new', 1, 1, now(6), 0)`);
    await runUntilMarked(lab);
    await lab.oltp.query('delete from items where id in (110, 130, 210, 230)');
    expect(await readOnDetect(lab)).toBeLessThan(40);
    const kept = await lab.query(
      'select id, etl_deleted_at from stg_items where id in (110, 130, 210, 230) order by id',
    );
    expect(kept.map(({ etl_deleted_at }) => etl_deleted_at !== null)).toEqual([false, false, true, true]);
    expect(await readOnDetect(lab)).toBe(1);
    await lab.oltp.query('delete from items where id = 240');
    await lab.runWell({ detect: ['stg_items'] });
    const flagged = await lab.query('select id from stg_items where etl_deleted_at is not null order by id');
    expect(flagged.map(({ id }) => Number(id))).toEqual([210, 230, 240]);
    expect(await count(lab)).toBe(104);
  });

  test('while the source is written to, exactly what is gone in the snapshot of a run leaves', async () => {
    const lab = await openKeyLab(target, 'id', [
      `create table of_key (id bigint primary key auto_increment, updated_at datetime(6) not null default now(6) on update now(6), v int default 0, key (updated_at))`,
      `insert into of_key (id) select i from ${numbers(3000)}`,
    ]);
    await lab.runWell();
    const writer = await createConnection(lab.oltp.options);
    onTestFinished(() => writer.end());
    let isWriting = true;
    const writing = (async () => {
      for (let at = 1; isWriting; at++) {
        await writer.query(`insert into of_key (v) values (${at})`);
        await writer.query(`update of_key set v = v + 1 where id = ${(at * 37) % 3000}`);
        await writer.query(`delete from of_key where id = ${(at * 53) % 3000}`);
      }
    })();
    for (let run = 0; run < 3; run++) await lab.runWell({ detect: ['stg_items'] });
    isWriting = false;
    await writing;
    await lab.runWell({ detect: ['stg_items'] });
    const there = await lab.oltp.query('select id, v from of_key order by id');
    const staged = await lab.query('select id, v from stg_items order by id');
    expect(staged.map(({ id, v }) => [Number(id), v])).toEqual(there.map(({ id, v }) => [Number(id), v]));
  });
});

async function count(lab: Lab): Promise<number> {
  const [row] = await lab.query('select count(*) as n from stg_items');
  return Number(row?.n);
}
