/** A table of which much changes is written anew, where the engine can, and nobody can tell afterwards. */
import { describe, expect, test } from 'vitest';
import type { Column } from '../../src/engines/types.js';
import { applyRows } from '../../src/load/apply.js';
import { bigint, column, integer, targets, text } from '../conformance/targets.js';
import { openTables, type Tables } from './tables.js';

const count = 200_000;
const columns: readonly Column[] = [
  column('id', bigint, false),
  { name: 'said', type: { kind: 'json' }, nullable: true },
  { name: 'lost', type: { kind: 'text' }, nullable: true, isGone: true },
  column('n', integer),
  column('name', text),
];

/** `rows`: a select of id, n and name of each row as it should be. */
async function applied(tables: Tables, rows: string) {
  const { session, dialect } = tables;
  for (const statement of dialect.createScratchTableAs('wanted', rows)) await session.execute(statement);
  const statements: string[] = [];
  const heard = Object.assign(Object.create(session) as typeof session, {
    columns: session.columns.bind(session),
    query: session.query.bind(session),
    execute: (sql: string) => {
      statements.push(sql);
      return session.execute(sql);
    },
  });
  const counts = await applyRows(heard, dialect, {
    target: 'stg_items',
    columns: ['id', 'said', 'lost', 'n', 'name'],
    key: ['id'],
    rows: dialect.scratchTable('wanted'),
    deletedWhen: undefined,
    missing: { policy: 'delete' },
    log: undefined,
  });
  return { counts, isAnew: statements.some((sql) => sql === 'drop table "stg_items"') };
}

/** What stands on the table beside its rows, by the engine's own catalog. */
const additionsIn = {
  duckdb: `select index_name as name, expressions as text from duckdb_indexes() union all
    select table_name, comment from duckdb_tables() where comment is not null union all
    select column_name, comment from duckdb_columns() where comment is not null and table_name = 'stg_items' order by 1`,
  mysql: `select index_name as name, column_name as text from information_schema.statistics where table_schema = database() and table_name = 'stg_items' and index_name <> 'PRIMARY'`,
};

describe.each(targets)('%s', (_, open) => {
  async function openFilled(): Promise<Tables & { readonly numbers: string }> {
    const tables = await openTables(open);
    await tables.prepare({ columns });
    const { helpers } = tables.dialect;
    const numbers = helpers.number_series(['0', String(count - 1)], { timezone: 'UTC' });
    await tables.session.execute(
      `insert into stg_items (id, said, lost, n, name) select s.n, '{ }', 'was', 1, 'name' from ${numbers} s`,
    );
    return { ...tables, numbers };
  }

  const sums = `select count(*) as n, min(id) as least, max(id) as most, sum(n) as sum, count(distinct said) as said from stg_items`;

  test('where a third of many rows changes', async () => {
    const tables = await openFilled();
    const { session, engine, numbers } = tables;
    const before = await session.columns('stg_items');
    // Of each ten, three are changed and one is gone; one row is new.
    const wanted = `select s.n as id, '{ }' as said, 'was' as lost, case when s.n % 10 < 3 then 5 else 1 end as n, 'name' as name from ${numbers} s where s.n % 10 <> 9 union all select 1000000, '{"a":1}', 'was', 7, 'new'`;
    await session.begin();
    expect(await applied(tables, wanted)).toEqual({
      counts: { inserted: 1, updated: (count * 3) / 10, deleted: count / 10 },
      isAnew: engine.capabilities.transactionalDdl,
    });
    const expected = { n: (count * 9) / 10 + 1, least: 0, most: 1000000, said: 2 };
    const sum = (count / 10) * (3 * 5 + 6) + 7;
    const [inside] = await session.query(sums);
    expect({ ...inside, sum: Number(inside?.sum) }).toEqual({ ...expected, sum });
    await session.commit();
    const [after] = await session.query(sums);
    expect({ ...after, sum: Number(after?.sum) }).toEqual({ ...expected, sum });
    expect(await session.columns('stg_items')).toEqual(before);
    expect([...(await session.relations())].filter((name) => name.includes('rewritten'))).toEqual([]);
    await session.begin();
    const same = await applied(tables, 'select * from stg_items');
    expect(same).toEqual({ counts: { inserted: 0, updated: 0, deleted: 0 }, isAnew: false });
    await session.rollback();
  });

  test('what somebody put on the table is there afterwards', async () => {
    const tables = await openFilled();
    const { session, engine, numbers } = tables;
    const isDuckdb = engine.capabilities.transactionalDdl;
    await session.execute('create index "my index" on stg_items (n)');
    for (const comment of isDuckdb ? [`table stg_items is 'it''s ours'`, `column stg_items.n is 'how "many"'`] : []) {
      await session.execute(`comment on ${comment}`);
    }
    const before = await session.columns('stg_items');
    const additions = () => session.query(additionsIn[isDuckdb ? 'duckdb' : 'mysql']);
    const added = await additions();
    expect(added).toHaveLength(isDuckdb ? 5 : 1);
    await session.begin();
    const wanted = `select s.n as id, '{ }' as said, 'was' as lost, 2 as n, 'name' as name from ${numbers} s`;
    expect(await applied(tables, wanted)).toMatchObject({ counts: { updated: count }, isAnew: isDuckdb });
    await session.commit();
    expect(await additions()).toEqual(added);
    expect(await session.columns('stg_items')).toEqual(before);
    await session.begin();
    expect((await applied(tables, `${wanted} where s.n % 2 = 0`)).counts.deleted).toBe(count / 2);
    await session.commit();
    expect(await additions()).toEqual(added);
  });

  test('what is rolled back leaves the table as it was', async () => {
    const tables = await openFilled();
    const { session, numbers } = tables;
    const before = await session.query(sums);
    await session.begin();
    await applied(tables, `select s.n as id, '{ }' as said, 'was' as lost, 2 as n, 'name' as name from ${numbers} s`);
    expect(await session.query(sums)).not.toEqual(before);
    await session.rollback();
    expect(await session.query(sums)).toEqual(before);
  });

  test('where fewer change, their rows alone are written', async () => {
    const tables = await openFilled();
    const { session, numbers } = tables;
    await session.begin();
    const wanted = `select s.n as id, '{ }' as said, 'was' as lost, case when s.n % 10 < 3 then 5 else 1 end as n, 'name' as name from ${numbers} s`;
    expect(await applied(tables, wanted)).toMatchObject({ counts: { updated: (count * 3) / 10 }, isAnew: false });
    await session.commit();
    expect(Number((await session.query(sums))[0]?.sum)).toBe((count / 10) * (3 * 5 + 7));
  });
});
