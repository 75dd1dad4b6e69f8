import { describe, expect, test } from 'vitest';
import { unpackRows } from '../../../src/engines/rows.js';
import type { Column, ColumnType, Parameter } from '../../../src/engines/types.js';
import { batchesOf, bigint, column, type Lab, openLab, text } from './warehouse-lab.js';

const allTypes: readonly Column[] = [
  column('id', { kind: 'integer', bits: 64, unsigned: true }, false),
  column('code', text, false),
  column('flag', { kind: 'boolean' }),
  column('tiny', { kind: 'integer', bits: 8, unsigned: false }),
  column('small', { kind: 'integer', bits: 16, unsigned: true }),
  column('plain', { kind: 'integer', bits: 32, unsigned: false }),
  column('money', { kind: 'decimal', precision: 65, scale: 30 }),
  column('whole', { kind: 'decimal', precision: 20, scale: 0 }),
  column('single', { kind: 'float' }),
  column('ratio', { kind: 'double' }),
  column('title', { kind: 'text', maxLength: 191 }),
  column('body', text),
  column('hash', { kind: 'binary', maxLength: 16 }),
  column('raw', { kind: 'binary' }),
  column('day', { kind: 'date' }),
  column('clock', { kind: 'time' }),
  column('at', { kind: 'timestamp' }),
  column('props', { kind: 'json' }),
];

test('a table has the columns that it was made with, and none that was not made has any', async () => {
  const lab = await openLab();
  const session = await lab.session();
  await session.execute(lab.engine.dialect.createTable('all "types"', allTypes, ['id', 'code']));
  expect(await session.columns('all "types"')).toEqual({ kind: 'table', columns: allTypes });
  expect(await session.columns('absent')).toBeUndefined();
});

test('a column that is added has its type, and NULL in the rows that are there', async () => {
  const lab = await openLab();
  const session = await lab.session();
  const { dialect } = lab.engine;
  await session.execute(dialect.createTable('t', [column('id', bigint, false)], ['id']));
  await session.execute('insert into t values (1)');
  await session.execute(dialect.addColumn('t', column('props', { kind: 'json' })));
  expect((await session.columns('t'))?.columns.at(-1)).toEqual(column('props', { kind: 'json' }));
  expect(await session.query('select * from t')).toEqual([{ id: 1, props: null }]);
});

test('a view has the columns of its query; one over a table that is gone is still there', async () => {
  const lab = await openLab();
  const session = await lab.session();
  const { dialect } = lab.engine;
  await session.execute(dialect.createTable('t', [column('id', bigint, false)], ['id']));
  await session.execute(dialect.createView('v', `select id, 'back\\slash' || '"' as sign from t`));
  await session.execute('insert into t values (1)');
  expect(await session.query('select * from v')).toEqual([{ id: 1, sign: 'back\\slash"' }]);
  const found = await session.columns('v');
  expect(found).toMatchObject({ kind: 'view', columns: [{ name: 'id', type: bigint }, { name: 'sign' }] });
  await session.execute(dialect.dropTable('t'));
  expect(await session.columns('v')).toEqual({ kind: 'view', columns: [] });
});

describe('the columns of a query', () => {
  const setUp = async (): Promise<Lab> => {
    const lab = await openLab();
    const session = await lab.session();
    await session.execute(lab.engine.dialect.createTable('t', allTypes, ['id', 'code']));
    return lab;
  };

  test('hold all that the query can give: made as a table they take its largest values', async () => {
    const lab = await setUp();
    const session = await lab.session();
    const { dialect } = lab.engine;
    await session.execute(
      `insert into t (id, code, flag, tiny, small, plain, money, whole, single, ratio, title, body, hash, raw, day, clock, at, props) values
(18446744073709551615, 'k', true, -128, 65535, -2147483648, 99999999999999999999999999999999999.999999999999999999999999999999, 99999999999999999999, 0.5, 1e300, repeat('ä', 191), repeat('b', 70000), repeat('x', 16), x'00ff', '2024-02-29', '838:59:59', '2024-02-29 01:02:03.000004', '{}'),
(1, 'K', false, 127, 0, 2147483647, 0, 0, 0.25, 1e-300, null, null, null, null, null, null, null, null)`,
    );
    const select = `with c as (select * from t)
select count(*) as n, sum(plain) as total, sum(whole) as whole_total, avg(plain) as mean, sum(ratio) as ratios, max(title) || max(code) as label,
  group_concat(code order by code) as codes, max(raw) as bytes, min(day) as first_day, max(at) as last_at, count(distinct flag) as flags,
  max(small) * 1000000000 as large, sum(case when flag then 1 else 0 end) as trues, 7/2 as division, max(body) as longest, null as nothing,
  row_number() over () as place, cast(max(plain) as char) as written, max(id) as top, max(money) as most, (count(*) > 1) as many, max(clock) as latest
from c -- a comment at the end`;
    const columns = await session.describe(select);
    expect(columns.map(({ name }) => name).slice(0, 3)).toEqual(['n', 'total', 'whole_total']);
    await session.execute(dialect.createTable('made', columns, []));
    await session.execute(`insert into made ${select}`);
    const [row] = await session.query('select * from made');
    const [queried] = await session.query(select);
    expect({ ...row, many: Number(row?.many) }).toEqual(queried);
    expect(row).toMatchObject({ n: 2, whole_total: '99999999999999999999', top: 18446744073709551615n, nothing: null });
  });

  test('tell booleans where the server does, and never take a number for one', async () => {
    const lab = await setUp();
    const session = await lab.session();
    await session.execute(`insert into t (id, code, flag, at) values (1, 'a', true, '2024-01-01')`);
    const condition = lab.engine.dialect.helpers.bool(['id > 0'], { timezone: 'UTC' });
    const select = `select ${condition} as yes, flag, quarter(at) as quarter, 1 as one, weekday(at) + 1 as day from t`;
    const columns = await session.describe(select);
    const kinds = columns.map(({ type }) => type.kind);
    const kindOfCondition = /mariadb/i.test(lab.warehouse.serverVersion) ? 'integer' : 'boolean';
    expect(kinds).toEqual([kindOfCondition, 'boolean', 'integer', 'integer', 'integer']);
    await session.execute(lab.engine.dialect.createTable('made', columns, []));
    await session.execute(`insert into made ${select}`);
    const [row] = await session.query('select * from made');
    expect(row).toEqual({ yes: kindOfCondition === 'boolean' ? true : 1, flag: true, quarter: 1, one: 1, day: 1 });
  });

  test('come without running the query, and inside a transaction commit nothing', async () => {
    const lab = await setUp();
    const session = await lab.session();
    await session.begin();
    await session.execute(`insert into t (id, code) values (1, 'a')`);
    await session.describe('select sleep(1000) as slept, sum(plain) as total from t');
    expect(await lab.database.query('select count(*) as n from t')).toEqual([{ n: 0 }]);
    await session.rollback();
  });

  test('come as an error with the place in the query, where it is wrong', async () => {
    const lab = await setUp();
    const session = await lab.session();
    const failed = await session.describe('select plain,\n  nowhere from t').catch((error) => error);
    expect(failed).toMatchObject({ code: 'DATABASE', sql: 'select plain,\n  nowhere from t' });
    expect(lab.engine.sqlErrorPosition(failed)).toEqual({ name: 'nowhere', unknown: 'column' });
    const broken = await session.describe('select plain,\n  from from t').catch((error) => error);
    expect(lab.engine.sqlErrorPosition(broken)).toMatchObject({ line: 2, position: expect.any(Number) });
  });
});

describe('rows by key', () => {
  const setUp = async (key: readonly [ColumnType, boolean][]) => {
    const lab = await openLab();
    const session = await lab.session();
    const { dialect } = lab.engine;
    const names = key.map((_, index) => `k${index}`);
    const columns = [...key.map(([type, nullable], index) => column(`k${index}`, type, nullable)), column('v', text)];
    await session.execute(dialect.createTable('target', columns, names));
    const put = async (rows: readonly (readonly Parameter[])[]) => {
      await session.load('given', columns, batchesOf(rows));
      for (const statement of dialect.createScratchTableAs('given', `select * from ${dialect.workTable('given')}`)) {
        await session.execute(statement);
      }
    };
    const upsert = async (rows: readonly (readonly Parameter[])[]) => {
      await put(rows);
      for (const statement of dialect.upsert('target', [...names, 'v'], names, dialect.scratchTable('given'))) {
        await session.execute(statement);
      }
    };
    const remove = async (rows: readonly (readonly Parameter[])[]) => {
      await put(rows.map((row) => [...row, null]));
      return session.execute(dialect.deleteMatching('target', names, dialect.scratchTable('given'), names));
    };
    const all = async () =>
      (await session.query(`select * from target order by ${names.join(', ')}, v`)).map((row) => Object.values(row));
    return { upsert, remove, all };
  };
  const long: ColumnType = { kind: 'text', maxLength: 20 };

  test('are inserted, updated and deleted by a composite key', async () => {
    const { upsert, remove, all } = await setUp([
      [bigint, false],
      [long, false],
    ]);
    await upsert([
      [1, 'a', 'x'],
      [1, 'A', 'y'],
      [2, 'a', 'z'],
    ]);
    await upsert([
      [1, 'A', 'new'],
      [1, 'a ', null],
    ]);
    expect(await all()).toEqual([
      [1, 'A', 'new'],
      [1, 'a', 'x'],
      [1, 'a ', null],
      [2, 'a', 'z'],
    ]);
    expect(
      await remove([
        [1, 'a'],
        [9, 'none'],
        [2, 'a'],
        [2, 'a'],
      ]),
    ).toBe(2);
    expect(await all()).toEqual([
      [1, 'A', 'new'],
      [1, 'a ', null],
    ]);
  });

  test('with NULL in the key count as one key, in an upsert and in a delete', async () => {
    const { upsert, remove, all } = await setUp([
      [bigint, true],
      [long, true],
    ]);
    await upsert([
      [null, 'a', 'x'],
      [1, null, 'y'],
      [null, null, 'z'],
      [1, 'a', 'w'],
    ]);
    await upsert([
      [null, 'a', 'x2'],
      [1, null, 'y2'],
      [null, null, 'z2'],
    ]);
    expect(await all()).toEqual([
      [null, null, 'z2'],
      [null, 'a', 'x2'],
      [1, null, 'y2'],
      [1, 'a', 'w'],
    ]);
    expect(
      await remove([
        [null, null],
        [1, null],
      ]),
    ).toBe(2);
    expect(await all()).toEqual([
      [null, 'a', 'x2'],
      [1, 'a', 'w'],
    ]);
  });

  test('differ where one is NULL, and not where both are', async () => {
    const lab = await openLab();
    const session = await lab.session();
    const { distinct } = lab.engine.dialect;
    const [row] = await session.query(
      `select ${distinct('null', 'null')} as a, ${distinct('1', 'null')} as b, ${distinct('1', '1')} as c, ${distinct("'a'", "'a '")} as d, ${distinct("'a'", "'A'")} as e`,
    );
    expect(row).toEqual({ a: 0, b: 1, c: 0, d: 1, e: 1 });
  });
});

test('a transaction with scratch tables shows nothing before its commit, and nothing after a rollback', async () => {
  const lab = await openLab();
  const session = await lab.session();
  const { dialect } = lab.engine;
  await session.execute(dialect.createTable('t', [column('id', bigint, false)], ['id']));
  const seen = () => lab.database.query('select count(*) as n from t');
  for (const end of ['rollback', 'commit'] as const) {
    await session.begin();
    await session.execute('insert into t values (1)');
    for (const statement of dialect.createScratchTableAs('s', 'select id + 1 as id from t'))
      await session.execute(statement);
    expect(await seen()).toEqual([{ n: 0 }]);
    await session.execute(`insert into t select id from ${dialect.scratchTable('s')}`);
    for (const statement of dialect.createScratchTableAs('s', 'select 9 as id')) await session.execute(statement);
    expect(await seen()).toEqual([{ n: 0 }]);
    await session.execute(dialect.dropScratchTable('s'));
    expect(await seen()).toEqual([{ n: 0 }]);
    await session[end]();
  }
  expect(await seen()).toEqual([{ n: 2 }]);
  await session.rollback();
});

test('a rollback after the server dropped the connection does not throw', async () => {
  const lab = await openLab();
  const session = await lab.session();
  const [row] = await session.query('select connection_id() as id');
  await session.begin();
  await lab.database.query(`kill ${String(row?.id)}`);
  await expect(session.query('select 1')).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  await session.rollback();
});

test('values arrive exact: wide integers as bigint, decimals and times as text, booleans as booleans', async () => {
  const lab = await openLab();
  const session = await lab.session();
  const [row] = await session.query(
    `select 9007199254740993 as wide, -9223372036854775808 as lowest, 9007199254740991 as safe, 0.10 as amount, 1e0/3 as third,
timestamp'2024-01-01 00:00:00.000001' as at, date'2024-02-29' as day, ? as given, ? as big, ? as nothing, ? as truth`,
    [`it's a \\ "?"`, 18446744073709551615n, null, true],
  );
  expect(row).toEqual({
    wide: 9007199254740993n,
    lowest: -9223372036854775808n,
    safe: 9007199254740991,
    amount: '0.10',
    third: 1 / 3,
    at: '2024-01-01 00:00:00.000001',
    day: '2024-02-29',
    given: `it's a \\ "?"`,
    big: 18446744073709551615n,
    nothing: null,
    truth: 1,
  });
});

test('a statement can be cancelled from outside, and the session goes on', async () => {
  const lab = await openLab();
  const session = await lab.session();
  // As one that runs, not as one that is about to.
  const running = expect(
    session.query(
      'select count(*) from information_schema.columns a, information_schema.columns b, information_schema.columns c',
    ),
  ).rejects.toMatchObject({ code: 'CANCELLED' });
  while (
    (await lab.database.query(`select 1 from information_schema.processlist where info like '/* chat-etl run 41 */%'`))
      .length === 0
  );
  await session.cancel();
  await running;
  expect(await session.query('select 1 as alive')).toEqual([{ alive: 1 }]);
});

test('rows are read as they are, a read can be cancelled from outside, and the session goes on after either', async () => {
  const lab = await openLab();
  const session = await lab.session();
  const read = (select: string) => session.read?.(select, [column('n', bigint), column('body', text)]) ?? [];
  const rows: unknown[] = [];
  for await (const batch of read(`select 1, 'ä' union all select -2, null`))
    rows.push(...unpackRows([column('n', bigint), column('body', text)], batch));
  expect(rows).toEqual([
    ['1', 'ä'],
    ['-2', null],
  ]);
  const taken = async () => {
    for await (const _ of read(
      `with recursive r as (select 1 as n union all select n + 1 from r where n < 99999) select r.n, repeat('x', 500) from r join r as s`,
    ))
      void session.cancel();
  };
  await expect(taken()).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(await session.query('select 1 as alive')).toEqual([{ alive: 1 }]);
});

test('a recursion over a million rows is within bounds, and a model may concatenate with ||', async () => {
  const lab = await openLab();
  const session = await lab.session();
  const [row] = await session.query(
    `with recursive r as (select 1 as n union all select n + 1 from r where n < 100000) select count(*) as n, 'a' || 'b' as label from r`,
  );
  expect(row).toEqual({ n: 100000, label: 'ab' });
});

test('UTC needs no zone tables; a zone that the server does not know is refused', async () => {
  const lab = await openLab();
  await lab.warehouse.checkTimezone('UTC');
  await expect(lab.warehouse.checkTimezone('Mars/Olympus')).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    hint: expect.stringContaining('mysql_tzinfo_to_sql'),
  });
});

test('a commit whose outcome is not known is not retryable', async () => {
  const lab = await openLab();
  const session = await lab.session();
  const [row] = await session.query('select connection_id() as id');
  await session.begin();
  await lab.database.query(`kill ${String(row?.id)}`);
  await expect(session.commit()).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN', retryable: false });
});
