/** Cursors that tie, lead, jump, or are committed out of order lose no row, in every unit and into both warehouses. */
import { createConnection } from 'mysql2/promise';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunReport } from '../../src/run/events.js';
import { type Lab, openLab, targets } from './lab.js';

function warnings(report: RunReport): string {
  return report.steps.flatMap((step) => step.warnings.map(({ message }) => message)).join('\n');
}

async function openWith(target: (typeof targets)[number], cursor: string, oltp: readonly string[]): Promise<Lab> {
  const lab = await openLab({
    target,
    oltp,
    files: {
      'pipelines/p.yaml': `pipeline: p
sources:
  t: { table: t, key: id, incremental: { cursor: ${cursor} } }
models: { n: { sql: n.sql, strategy: view } }
`,
      'sql/n.sql': 'select count(*) as n from {{ref "stg_t"}}',
    },
    config: '',
  });
  onTestFinished(() => lab.close());
  return lab;
}

async function writer(lab: Lab) {
  const connection = await createConnection(lab.oltp.options);
  onTestFinished(() => connection.end());
  await connection.query(`set time_zone = '+00:00'`);
  return connection;
}

/** Ids and values, alike in the source and in staging. */
async function expectEqual(lab: Lab): Promise<void> {
  const there = (await lab.oltp.query('select id, v from t')).map((row) => JSON.stringify(row));
  expect(await lab.rows('stg_t', 'id, v')).toEqual(there.sort());
}

const digits =
  '(select 0 d union all select 1 union all select 2 union all select 3 union all select 4 union all select 5 union all select 6 union all select 7 union all select 8 union all select 9)';

describe.each(targets)('into %s', (target) => {
  test('200,000 rows of one timestamp, some of them later than the mark', async () => {
    const lab = await openWith(target, 'u', [
      'create table t (id int primary key auto_increment, v int, u datetime(6) not null, key (u, id))',
      `insert into t (v, u) select a.d, '2024-01-01 00:00:00' from ${digits} a, ${digits} b, ${digits} c, ${digits} d, ${digits} e, (select 1 x union all select 2) f`,
    ]);
    await lab.runWell();
    expect(await lab.rows('n')).toEqual(['{"n":200000}']);
    await lab.oltp.query(`insert into t (v, u) values (-1, '2024-01-01 00:00:00')`);
    await lab.oltp.query(`update t set v = -2 where id in (1, 100000, 150000)`);
    const report = await lab.runWell();
    expect(report.steps[0]).toMatchObject({ rowsInserted: 1, rowsUpdated: 3, rowsDeleted: 0 });
    expect(await lab.rows('n')).toEqual(['{"n":200001}']);
  });

  test('a row stamped a year ahead is read and warned of, and no later row is lost by it', async () => {
    const lab = await openWith(target, 'u', [
      'create table t (id int primary key, v int, u datetime(6) not null, key (u, id))',
      `insert into t values (1, 10, now(6)), (2, 20, now(6) + interval 1 year)`,
    ]);
    expect(warnings(await lab.runWell())).toMatch(/rows have a u in the future, up to \d{4}-/);
    await expectEqual(lab);
    for (let id = 3; id < 6; id++) {
      await lab.oltp.query(`insert into t values (${id}, 0, now(6))`);
      await lab.oltp.query(`update t set v = v + 1 where id = 2`);
      expect(warnings(await lab.runWell())).toContain('in the future');
      await expectEqual(lab);
    }
    await lab.oltp.query('update t set v = 99, u = now(6) where id = 2');
    expect(warnings(await lab.runWell())).toBe('');
    await expectEqual(lab);
  });

  test('ids that are committed out of order, with gaps, are all read', async () => {
    const lab = await openWith(target, '{ column: id, unit: id }', [
      'create table t (id bigint unsigned primary key auto_increment, v int)',
      'insert into t (v) values (1), (2)',
    ]);
    const [early, late] = [await writer(lab), await writer(lab)];
    await lab.runWell();
    await early.query('begin');
    await early.query('insert into t (v) values (30)');
    await late.query('insert into t (v) values (40)');
    await late.query('begin');
    await late.query('insert into t (v) values (50)');
    await late.query('rollback');
    await lab.runWell();
    await lab.oltp.query('insert into t (v) values (60)');
    await lab.runWell();
    await early.query('commit');
    await lab.runWell();
    await expectEqual(lab);
    expect(await lab.rows('n')).toEqual(['{"n":5}']);
  });

  test('ids whose first read stands beside an old transaction are not read again, and what that commits is', async () => {
    const lab = await openWith(target, '{ column: id, unit: id }', [
      'create table t (id bigint unsigned primary key auto_increment, v int)',
      'insert into t (v) values (1), (2)',
    ]);
    const old = await writer(lab);
    await old.query('begin');
    await old.query('insert into t (v) values (30)');
    await lab.oltp.query('insert into t (v) values (40), (50)');
    await lab.runWell();
    await lab.oltp.query('insert into t (v) values (60)');
    const beside = await lab.runWell();
    expect(beside.steps[0]).toMatchObject({ rowsRead: 2, rowsInserted: 1, cursorFrom: '5' });
    await old.query('commit');
    const after = await lab.runWell();
    expect(after.steps[0]).toMatchObject({ rowsRead: 4, rowsInserted: 1, cursorFrom: '3', warnings: [] });
    await expectEqual(lab);
    expect((await lab.runWell()).steps[0]?.rowsRead).toBeLessThanOrEqual(3);
    await lab.oltp.query('insert into t (v) values (70)');
    await lab.runWell();
    await expectEqual(lab);
  });
});

test.each([
  ['TIMESTAMP', 'u', 'timestamp', 'current_timestamp'],
  ['TIMESTAMP(6)', 'u', 'timestamp(6)', 'now(6)'],
  ['DATE', 'u', 'date', 'current_date'],
  ['seconds', '{ column: u, unit: s }', 'bigint', 'unix_timestamp()'],
  ['milliseconds', '{ column: u, unit: ms }', 'bigint unsigned', 'floor(unix_timestamp(now(3)) * 1000)'],
  ['microseconds', '{ column: u, unit: us }', 'decimal(20,0)', 'floor(unix_timestamp(now(6)) * 1000000)'],
  [
    'a DATETIME in a zone',
    '{ column: u, timezone: Asia/Kolkata }',
    'datetime(6)',
    'utc_timestamp(6) + interval 330 minute',
  ],
])('rows stamped by %s and committed late are not lost', async (_unit, cursor, type, now) => {
  const lab = await openWith('duckdb', cursor, [
    `create table t (id int primary key auto_increment, v int, u ${type} not null, key (u, id))`,
    `insert into t (v, u) values (1, ${now}), (2, ${now})`,
  ]);
  const late = await writer(lab);
  await lab.runWell();
  await late.query('begin');
  await late.query(`insert into t (v, u) values (3, ${now})`);
  await late.query(`update t set v = 20, u = ${now} where id = 2`);
  await late.query('select sleep(1.1)');
  await lab.oltp.query(`insert into t (v, u) values (4, ${now})`);
  await lab.runWell();
  expect(await lab.rows('n')).toEqual(['{"n":3}']);
  await late.query('commit');
  const report = await lab.runWell();
  expect(warnings(report)).toBe('');
  await expectEqual(lab);
});

test('a column that cannot be a cursor is refused, with what could be', async () => {
  const lab = await openWith('duckdb', 'u', [`create table t (id int primary key, v int, u enum('b', 'a') not null)`]);
  const refused = async (from: string, to: string) => {
    await lab.edit('pipelines/p.yaml', from, to);
    const { error } = await lab.run();
    expect(error).toMatchObject({ code: 'DEFINITION', where: expect.stringContaining('pipelines/p.yaml:3:') });
    return `${error?.message}: ${error?.hint}`;
  };
  expect(await refused('cursor: u', 'cursor:  u')).toMatch(
    /the cursor 'u' is of type text, which unit 'timestamp' cannot be: .* a TIMESTAMP, DATETIME or DATE/,
  );
  expect(await refused('cursor:  u', 'cursor: { column: u, unit: id }')).toMatch(/whole numbers and decimals/);
  expect(await refused('{ column: u, unit: id }', 'v')).toMatch(/'v' is of type integer.* a unit of s, ms, us or id/);
});
