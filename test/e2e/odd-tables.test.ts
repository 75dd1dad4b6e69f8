/** Tables of a source with odd names, columns and keys arrive whole, and go on arriving. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Lab, openLab, targets } from './lab.js';

const id = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
const longName = `t${'x'.repeat(62)}é`;
const longColumn = `c${'ü'.repeat(63)}`;
const oddColumn = `a "b" 'c' ☃ d.e;--`;

async function openWith(
  target: (typeof targets)[number],
  oltp: readonly string[],
  sources: Readonly<Record<string, unknown>>,
  models: Readonly<Record<string, string>> = {},
): Promise<Lab> {
  const made = Object.fromEntries(Object.keys(models).map((name) => [name, { sql: `${name}.sql`, strategy: 'view' }]));
  const files = Object.entries(models).map(([name, sql]) => [`sql/${name}.sql`, sql] as const);
  const lab = await openLab({
    target,
    oltp,
    files: {
      'pipelines/p.yaml': JSON.stringify({ pipeline: 'p', sources, models: made }),
      ...Object.fromEntries(files),
    },
  });
  onTestFinished(() => lab.close());
  return lab;
}

describe.each(targets)('into %s', (target) => {
  test('reserved words, quotes, spaces and 64 characters in names of tables and columns', async () => {
    const table = id(longName);
    const key = [longColumn, 'order'];
    const lab = await openWith(
      target,
      [
        `create table ${table} (${id(longColumn)} int, ${id('order')} varchar(10), ${id('select')} int, ${id(oddColumn)} text, ${id('Group')} int, u datetime(6) default current_timestamp(6) on update current_timestamp(6), primary key (${id(longColumn)}, ${id('order')}))`,
        `insert into ${table} (${id(longColumn)}, ${id('order')}, ${id('select')}, ${id(oddColumn)}, ${id('Group')}) values (1, 'a', 2, 'x', 3), (1, 'b', 4, null, 5)`,
        `create table ${id('a "quoted" `name` ☃')} (${id('from')} int primary key)`,
        `insert into ${id('a "quoted" `name` ☃')} values (7)`,
      ],
      {
        long_name: { table: longName, key, incremental: { cursor: 'u' } },
        quoted_name: { table: 'a "quoted" `name` ☃', key: 'from' },
      },
      { everything: 'select * from {{ref "stg_long_name"}}' },
    );
    await lab.runWell();
    await lab.oltp.query(`update ${table} set ${id(oddColumn)} = 'y' where ${id('order')} = 'b'`);
    await lab.runWell();
    const names = [longColumn, 'order', 'select', oddColumn, 'Group'];
    const list = names.map((name) => (target === 'duckdb' ? `"${name.replaceAll('"', '""')}"` : id(name)));
    for (const relation of ['stg_long_name', 'everything']) {
      const rows = await lab.query(`select ${list.join(', ')} from ${relation} order by 2`);
      expect(rows.map((row) => names.map((name) => row[name]))).toEqual([
        [1, 'a', 2, 'x', 3],
        [1, 'b', 4, 'y', 5],
      ]);
    }
    expect(await lab.rows('stg_quoted_name')).toEqual(['{"from":7}']);
  });

  test('generated columns arrive, invisible ones where they are named, and views like tables', async () => {
    const lab = await openWith(
      target,
      [
        `create table t (id int primary key, v int, twice int as (v * 2) stored, derived varchar(20) as (concat(v, 'x')), hidden int invisible default 7)`,
        'insert into t (id, v) values (1, 10), (2, null)',
        'create view w as select id, v + 1 as more from t',
      ],
      {
        visible: { table: 't', key: 'id' },
        named: { table: 't', key: 'id', columns: { include: ['id', 'hidden'] } },
        seen: { table: 'w', key: 'id' },
      },
    );
    await lab.runWell();
    expect(await lab.rows('stg_visible')).toEqual([
      '{"id":1,"v":10,"twice":20,"derived":"10x"}',
      '{"id":2,"v":null,"twice":null,"derived":null}',
    ]);
    expect(await lab.rows('stg_named')).toEqual(['{"id":1,"hidden":7}', '{"id":2,"hidden":7}']);
    expect(await lab.rows('stg_seen')).toEqual(['{"id":1,"more":11}', '{"id":2,"more":null}']);
  });

  test('a table without a key is read whole each time, equal rows counted', async () => {
    const lab = await openWith(
      target,
      ['create table log (v varchar(10))', `insert into log values ('a'), ('a'), (null)`],
      { log: { table: 'log' } },
    );
    await lab.runWell();
    expect(await lab.rows('stg_log')).toEqual(['{"v":"a"}', '{"v":"a"}', '{"v":null}']);
    const again = await lab.runWell();
    expect(again.steps[0]).toMatchObject({ action: 'reload', rowsInserted: 0, rowsDeleted: 0 });
    await lab.oltp.query(`delete from log where v = 'a' limit 1`);
    await lab.runWell();
    expect(await lab.rows('stg_log')).toEqual(['{"v":"a"}', '{"v":null}']);
  });

  test('keys that a folding collation holds for one are told apart: a renamed key moves its row', async () => {
    const lab = await openWith(
      target,
      [
        'create table people (name varchar(50) collate utf8mb4_general_ci primary key, v int, u datetime(6) not null)',
        `insert into people values ('Ann', 1, '2024-01-01'), ('Björn', 2, '2024-01-01')`,
      ],
      { people: { table: 'people', key: 'name', incremental: { cursor: 'u' }, deletes: 'detect' } },
    );
    await lab.runWell();
    await lab.oltp.query(`update people set name = 'ANN', v = 3, u = now(6) where name = 'ann'`);
    await lab.oltp.query(`update people set name = 'bjorn', u = now(6) where name = 'Björn'`);
    await lab.runWell({ detect: ['stg_people'] });
    expect(await lab.rows('stg_people', 'name, v')).toEqual(['{"name":"ANN","v":3}', '{"name":"bjorn","v":2}']);
  });

  test('keys of bytes that end in spaces or zeros, of an ENUM, and beyond 2^63', async () => {
    const lab = await openWith(
      target,
      [
        'create table raw (k varbinary(8) primary key, v int, u datetime(6) not null)',
        `insert into raw values ('a', 1, '2024-01-01'), ('a ', 2, '2024-01-01'), ('a\\0', 3, '2024-01-01'), ('A', 4, '2024-01-01')`,
        `create table choices (k enum('z', 'a', 'it''s', 'm') primary key, v int, u datetime(6) not null)`,
        `insert into choices values ('z', 1, '2024-01-01'), ('a', 2, '2024-01-01'), ('it''s', 3, '2024-01-01')`,
        'create table huge (k bigint unsigned primary key, v int, u datetime(6) not null)',
        `insert into huge values (18446744073709551615, 1, '2024-01-01'), (9223372036854775808, 2, '2024-01-01'), (0, 3, '2024-01-01')`,
      ],
      Object.fromEntries(
        ['raw', 'choices', 'huge'].map((table) => [
          table,
          { table, key: 'k', incremental: { cursor: 'u' }, deletes: 'detect' },
        ]),
      ),
    );
    await lab.runWell();
    await lab.oltp.query(`update raw set v = 20, u = now(6) where k = 'a '`);
    await lab.oltp.query(`delete from raw where k = 'a\\0'`);
    await lab.oltp.query(`update choices set v = 10, u = now(6) where k = 'z'`);
    await lab.oltp.query(`delete from choices where k = 'a'`);
    await lab.oltp.query(`insert into choices values ('m', 4, now(6))`);
    await lab.oltp.query(`update huge set v = 10, u = now(6) where k = 18446744073709551615`);
    await lab.oltp.query('delete from huge where k = 9223372036854775808');
    await lab.runWell({ detect: ['stg_raw', 'stg_choices', 'stg_huge'] });
    const text = target === 'duckdb' ? 'varchar' : 'char';
    expect(await lab.rows('stg_raw', 'hex(k) as k, v')).toEqual([
      '{"k":"41","v":4}',
      '{"k":"61","v":1}',
      '{"k":"6120","v":20}',
    ]);
    expect(await lab.rows('stg_choices', 'k, v')).toEqual([
      '{"k":"it\'s","v":3}',
      '{"k":"m","v":4}',
      '{"k":"z","v":10}',
    ]);
    expect(await lab.rows('stg_huge', `cast(k as ${text}) as k, v`)).toEqual([
      '{"k":"0","v":3}',
      '{"k":"18446744073709551615","v":10}',
    ]);
  });
});
