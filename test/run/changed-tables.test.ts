/** Tables whose columns, keys or existence change between runs end as a rebuild would make them. */
import { describe, expect, test } from 'vitest';
import { itemsPipeline, openItemsLab } from '../e2e/items-lab.js';
import { type Lab, targets } from '../e2e/lab.js';

async function expectLaw(lab: Lab, tables: readonly string[]): Promise<void> {
  const rebuilt = await lab.rebuilt(tables);
  expect(await lab.allRows(tables)).toEqual(rebuilt);
}

describe.each(targets)('into %s', (target) => {
  test('a key that a table gets later doubles no row that changes', async () => {
    const sql = { t: 'select id, v from {{ref "stg_items"}}' };
    const lab = await openItemsLab(target, { models: { t: 'strategy: table' }, sql });
    await lab.runWell();
    await lab.write('pipelines/p.yaml', itemsPipeline({ models: { t: 'strategy: table, key: id' } }));
    await lab.runWell();
    await lab.oltp.query(`update items set v = 98, updated_at = now(6) where id = 2`);
    await lab.runWell();
    expect(await lab.rows('t')).toEqual(['{"id":1,"v":10}', '{"id":2,"v":98}', '{"id":3,"v":30}']);
  });

  test('another key of a model loses no row that the old key could not tell apart', async () => {
    const sql = { t: 'select grp, max(id) as id from {{ref "stg_items"}} group by grp' };
    const lab = await openItemsLab(target, { models: { t: 'strategy: table, key: grp' }, sql });
    await lab.runWell();
    await lab.write('pipelines/p.yaml', itemsPipeline({ models: { t: 'strategy: table, key: id' } }));
    await lab.write('sql/t.sql', 'select grp, id from {{ref "stg_items"}}');
    await lab.runWell();
    expect(await lab.rows('t')).toEqual(['{"grp":1,"id":1}', '{"grp":1,"id":2}', '{"grp":2,"id":3}']);
  });

  test('a column that the source gets is added with the values of all rows, once', async () => {
    const sql = { m: 'select * from {{delta "stg_items"}}' };
    const lab = await openItemsLab(target, { models: { m: 'strategy: merge, key: id' }, sql });
    await lab.runWell();
    await lab.oltp.query('alter table items add column w int default 7');
    await lab.runWell();
    expect(await lab.rows('m', 'id, w')).toEqual(['{"id":1,"w":7}', '{"id":2,"w":7}', '{"id":3,"w":7}']);
    await lab.oltp.query(`insert into items values (4, 'd', 2, 40, now(6), 0, 8)`);
    const report = await lab.runWell();
    expect(report.steps.find(({ step }) => step === 'stg_items')?.rowsUpdated).toBe(0);
    await expectLaw(lab, ['stg_items', 'm']);
  });

  test('a column that the source gets is filled after a run that failed over it', async () => {
    const sql = { m: 'select id, v from {{delta "stg_items"}}' };
    const lab = await openItemsLab(target, { models: { m: 'strategy: merge, key: id' }, sql });
    await lab.runWell();
    await lab.oltp.query('alter table items add column w int default 7');
    await lab.edit('sql/m.sql', 'id, v', "id, 'not a number' as v");
    expect((await lab.run()).status).toBe('failed');
    await lab.edit('sql/m.sql', "'not a number' as v", 'v');
    await lab.runWell();
    expect(await lab.rows('stg_items', 'id, w')).toEqual(['{"id":1,"w":7}', '{"id":2,"w":7}', '{"id":3,"w":7}']);
    await lab.oltp.query('update items set v = 99, updated_at = now(6) where id = 2');
    await lab.runWell();
    expect((await lab.rows('m'))[1]).toBe('{"id":2,"v":99}');
  });

  test('a column that a failed run added is no obstacle to the old definition', async () => {
    const sql = { m: 'select id, v from {{delta "stg_items"}}', t: 'select grp from {{ref "stg_items"}} group by grp' };
    const lab = await openItemsLab(target, { models: { m: 'strategy: merge, key: id', t: 'strategy: table' }, sql });
    await lab.runWell();
    await lab.edit('sql/m.sql', 'id, v', 'id, v, v * 2 as twice');
    await lab.edit(
      'pipelines/p.yaml',
      'strategy: table',
      'strategy: table, tests: [ { unique: grp }, { accepted_values: { column: grp, values: [9] } } ]',
    );
    await lab.edit('sql/t.sql', 'group by grp', 'where grp > 0 group by grp');
    expect((await lab.run()).error).toMatchObject({ code: 'TEST_FAILED' });
    await lab.edit('sql/m.sql', 'id, v, v * 2 as twice', 'id, v');
    await lab.edit('pipelines/p.yaml', 'values: [9]', 'values: [1, 2]');
    await lab.oltp.query(`update items set v = 11, updated_at = now(6) where id = 1`);
    await lab.runWell();
    expect(await lab.rows('m', 'id, v')).toEqual(['{"id":1,"v":11}', '{"id":2,"v":20}', '{"id":3,"v":30}']);
  });

  test('views show a table that was built anew with other types and more columns', async () => {
    const models = { t: 'strategy: table, key: id', everything: 'strategy: view', one: 'strategy: view' };
    const sql = {
      t: 'select id, v from {{ref "stg_items"}}',
      everything: 'select * from {{ref "t"}}',
      one: 'select v from {{ref "t"}}',
    };
    const lab = await openItemsLab(target, { models, sql });
    await lab.runWell();
    await lab.write('sql/t.sql', 'select id, code as v, grp from {{ref "stg_items"}}');
    await lab.runWell({ fullRefresh: true });
    expect((await lab.rows('everything'))[0]).toBe('{"id":1,"v":"a","grp":1}');
    expect((await lab.rows('one'))[0]).toBe('{"v":"a"}');
    await lab.edit('sql/t.sql', 'grp', 'grp, v as more');
    await lab.runWell();
    expect((await lab.rows('everything'))[0]).toBe('{"id":1,"v":"a","grp":1,"more":10}');
  });

  test('a table that somebody dropped is built again, though nothing it reads has changed', async () => {
    const sql = { t: 'select id, v from {{ref "stg_items"}}' };
    const lab = await openItemsLab(target, { models: { t: 'strategy: table, key: id' }, sql });
    await lab.runWell();
    await lab.query('drop table t');
    await lab.runWell();
    expect(await lab.rows('t')).toHaveLength(3);
  });

  test('a type that the source widens reaches a view, though no row has changed', async () => {
    const models = { t: 'strategy: table, key: id', everything: 'strategy: view' };
    const sql = { t: 'select id, v from {{ref "stg_items"}}', everything: 'select * from {{ref "t"}}' };
    const lab = await openItemsLab(target, { models, sql });
    await lab.runWell();
    await lab.oltp.query('alter table items modify v bigint');
    await lab.runWell();
    expect(await lab.rows('everything')).toHaveLength(3);
    await lab.oltp.query('update items set v = 5000000000, updated_at = now(6) where id = 1');
    await lab.runWell();
    expect((await lab.rows('everything'))[0]).toBe('{"id":1,"v":5000000000}');
  });

  test('a column that the source adds reaches a table of all its columns, though no row has changed', async () => {
    const models = { t: 'strategy: table, key: id' };
    const lab = await openItemsLab(target, { models, sql: { t: 'select * from {{ref "stg_items"}}' } });
    await lab.runWell();
    await lab.oltp.query('alter table items add column w int');
    await lab.runWell();
    expect(await lab.rows('t', 'id, w')).toEqual(['{"id":1,"w":null}', '{"id":2,"w":null}', '{"id":3,"w":null}']);
  });

  test('a key that is NULL stops the run, where it would lose the row', async () => {
    const sql = { t: 'select grp, count(*) as n from {{ref "stg_items"}} group by grp' };
    const lab = await openItemsLab(target, { models: { t: 'strategy: table, key: grp' }, sql });
    await lab.runWell();
    await lab.oltp.query(`insert into items values (9, 'z', null, 1, now(6), 0)`);
    const { error } = await lab.run();
    expect(error).toMatchObject({ code: 'MODEL_SQL' });
    expect(error?.message).toContain('NULL in grp');
  });

  test('the last follower of a table may go in the run that changes its definition', async () => {
    const m = { m: 'strategy: merge, key: id' };
    const both = { ...m, other: 'strategy: merge, key: id' };
    const sql = { m: 'select id, v from {{delta "stg_items"}}', other: 'select id, v from {{delta "m"}}' };
    const lab = await openItemsLab(target, { models: both, sql });
    await lab.runWell();
    await lab.write('pipelines/p.yaml', itemsPipeline({ models: m }));
    await lab.edit('sql/m.sql', 'select', '-- the same\nselect');
    await lab.runWell();
    await lab.oltp.query(`update items set v = 99, updated_at = now(6) where id = 1`);
    await lab.runWell();
    await lab.write('pipelines/p.yaml', itemsPipeline({ models: both }));
    await lab.runWell();
    expect(await lab.rows('other')).toEqual(await lab.rows('m'));
  });
});
