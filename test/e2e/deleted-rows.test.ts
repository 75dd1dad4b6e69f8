/** `deleted_rows: keep` and `retention` in whole runs: what stays in staging, and what models make of it. */
import { describe, expect, test } from 'vitest';
import { openProject } from '../../src/cli/project.js';
import { planProject } from '../../src/run/plan-project.js';
import { type ItemsProject, itemsPipeline, openItemsLab } from './items-lab.js';
import { type Lab, targets } from './lab.js';

const models = {
  dim_item: 'strategy: merge, key: item_id',
  by_group: 'strategy: partition, key: grp, partition_by: grp, from: { stg_items: grp }',
  totals: 'strategy: table, key: is_deleted',
  live: 'strategy: view',
};
const flag = '{{bool "i.etl_deleted_at is not null"}} as is_deleted';
const sql = {
  dim_item: `select i.id as item_id, i.code, i.v, ${flag} from {{delta "stg_items"}} i`,
  by_group:
    'select i.grp, count(*) as items, count(i.etl_deleted_at) as deleted from {{ref "stg_items"}} i where {{dirty "i.grp"}} group by i.grp',
  totals: `select is_deleted, count(*) as items from (select ${flag} from {{ref "stg_items"}} i) d group by is_deleted`,
  live: 'select id, code from {{ref "stg_items"}} where etl_deleted_at is null',
};
const tables = Object.keys(models);
const keeping = (...source: readonly string[]): ItemsProject => ({
  models,
  sql,
  source: ['deleted_rows: keep', 'erase: [code]', ...source],
});

async function staged(lab: Lab): Promise<readonly string[]> {
  const rows = await lab.query('select id, code, etl_deleted_at is not null as gone from stg_items order by id');
  return rows.map(({ id, code, gone }) => `${Number(id)} ${String(code)}${Number(gone) === 1 ? ' deleted' : ''}`);
}

const flaggedAt = async (lab: Lab, id: number) =>
  String((await lab.query(`select etl_deleted_at as at from stg_items where id = ${id}`))[0]?.at);

/** What every model holds must be what it would hold if it were made from staging now. */
async function expectLaw(lab: Lab): Promise<void> {
  const before = await lab.allRows(tables);
  await lab.runWell({ fullRefresh: true });
  expect(await lab.allRows(tables)).toEqual(before);
}

const touch = 'updated_at = now(6)';

describe.each(targets)('into %s', (target) => {
  test('rows found deleted by their keys or their mark stay, flagged and erased, and models follow; undeletes too', async () => {
    const lab = await openItemsLab(target, keeping('deletes: { soft_column: gone, detect: {} }'));
    await lab.runWell();
    await lab.oltp.query('delete from items where id = 1');
    await lab.oltp.query(`update items set gone = 1, ${touch} where id = 3`);
    const { steps } = await lab.runWell({ detect: ['stg_items'] });
    expect(steps[0]).toMatchObject({ step: 'stg_items', rowsInserted: 0, rowsUpdated: 2, rowsDeleted: 0 });
    expect(await staged(lab)).toEqual(['1 null deleted', '2 b', '3 null deleted']);
    expect(await lab.rows('dim_item')).toEqual([
      '{"item_id":1,"code":null,"v":10,"is_deleted":1}',
      '{"item_id":2,"code":"b","v":20,"is_deleted":0}',
      '{"item_id":3,"code":null,"v":30,"is_deleted":1}',
    ]);
    expect(await lab.rows('by_group')).toEqual(['{"grp":1,"items":2,"deleted":1}', '{"grp":2,"items":1,"deleted":1}']);
    expect(await lab.rows('totals', 'items')).toEqual(['{"items":1}', '{"items":2}']);
    expect(await lab.rows('live')).toEqual(['{"id":2,"code":"b"}']);
    await expectLaw(lab);
    const [seen] = [await flaggedAt(lab, 1)];
    await lab.runWell({ detect: ['stg_items'] });
    expect(await flaggedAt(lab, 1)).toBe(seen);
    await lab.oltp.query(`insert into items values (1, 'again', 2, 11, now(6), 0)`);
    await lab.oltp.query(`update items set gone = 0, ${touch} where id = 3`);
    await lab.runWell({ detect: ['stg_items'] });
    expect(await staged(lab)).toEqual(['1 again', '2 b', '3 c']);
    expect(await lab.rows('by_group')).toEqual(['{"grp":1,"items":1,"deleted":0}', '{"grp":2,"items":2,"deleted":0}']);
    await expectLaw(lab);
  });

  test('a row that comes back without a new stamp is live again after the next look for deletes', async () => {
    const lab = await openItemsLab(target, keeping('deletes: { soft_column: gone, detect: {} }'));
    await lab.runWell();
    await lab.oltp.query('delete from items where id = 1');
    await lab.oltp.query(`update items set gone = 1, ${touch} where id = 3`);
    await lab.runWell({ detect: ['stg_items'] });
    await lab.oltp.query(`insert into items values (1, 'a', 1, 10, '2024-01-01', 0)`);
    await lab.oltp.query('update items set gone = 0 where id = 3');
    await lab.runWell();
    expect(await staged(lab)).toEqual(['1 null deleted', '2 b', '3 c']);
    await lab.runWell({ detect: ['stg_items'] });
    expect(await staged(lab)).toEqual(['1 a', '2 b', '3 c']);
    const { steps } = await lab.runWell({ detect: ['stg_items'] });
    expect(steps[0]).toMatchObject({ rowsInserted: 0, rowsUpdated: 0, rowsDeleted: 0 });
    await expectLaw(lab);
  });

  test('a source without a cursor keeps what its next read lacks; so does --reload of one that has one', async () => {
    const lab = await openItemsLab(target, { ...keeping(), isWhole: true });
    await lab.runWell();
    await lab.oltp.query('delete from items where id = 2');
    await lab.runWell();
    expect(await staged(lab)).toEqual(['1 a', '2 null deleted', '3 c']);
    await expectLaw(lab);
    await lab.write('pipelines/p.yaml', itemsPipeline(keeping('deletes: { soft_column: gone }')));
    await lab.oltp.query('delete from items where id = 3');
    await lab.runWell({ reload: ['items'] });
    expect(await staged(lab)).toEqual(['1 a', '2 null deleted', '3 null deleted']);
    await expectLaw(lab);
  });

  test('what is kept is not lost where the table is built anew, nor by new columns or another definition', async () => {
    const lab = await openItemsLab(target, keeping());
    const only = { models: { dim_item: models.dim_item }, sql: { dim_item: sql.dim_item } };
    const define = (columns: string) =>
      lab.write(
        'pipelines/p.yaml',
        itemsPipeline({ ...keeping('deletes: detect', `columns: { ${columns} }`), ...only }),
      );
    await define('exclude: [updated_at, gone]');
    await lab.runWell();
    await lab.oltp.query('delete from items where id = 1');
    await lab.runWell({ detect: ['stg_items'] });
    const first = await flaggedAt(lab, 1);
    await lab.oltp.query('delete from items where id = 2');
    await define('exclude: [gone]');
    await lab.runWell();
    const second = await flaggedAt(lab, 2);
    expect(await staged(lab)).toEqual(['1 null deleted', '2 null deleted', '3 c']);
    await define('exclude: [grp, gone], add: { grp: "concat(grp)" }');
    const { steps } = await lab.runWell();
    expect(steps.map(({ action }) => action)).toEqual(['reload', 'rebuild']);
    expect(await staged(lab)).toEqual(['1 null deleted', '2 null deleted', '3 c']);
    expect([await flaggedAt(lab, 1), await flaggedAt(lab, 2)]).toEqual([first, second]);
    expect(await lab.rows('stg_items', 'id, grp')).toEqual([
      '{"id":1,"grp":"1"}',
      '{"id":2,"grp":"1"}',
      '{"id":3,"grp":"2"}',
    ]);
    expect(await lab.rows('dim_item', 'item_id')).toHaveLength(3);
  });

  test('kept rows leave with `deleted_rows: keep`, and what the source still has comes back with it', async () => {
    const project: ItemsProject = {
      models: { live: 'strategy: view' },
      sql: { live: 'select id from {{ref "stg_items"}}' },
    };
    const lab = await openItemsLab(target, { ...project, source: ['deletes: { soft_column: gone, detect: {} }'] });
    await lab.oltp.query(`update items set gone = 1 where id = 3`);
    await lab.runWell();
    expect(await lab.rows('live')).toEqual(['{"id":1}', '{"id":2}']);
    await lab.edit('pipelines/p.yaml', 'models:', '    deleted_rows: keep\n    erase: []\nmodels:');
    await lab.oltp.query('delete from items where id = 1');
    await lab.runWell();
    expect(await staged(lab)).toEqual(['1 a deleted', '2 b', '3 c deleted']);
    await lab.edit('pipelines/p.yaml', '    deleted_rows: keep\n    erase: []\n', '');
    const { steps } = await lab.runWell();
    expect(steps[0]?.reasons[0]).toBe('its delete policy changed');
    expect(await lab.rows('live')).toEqual(['{"id":2}']);
    expect(Object.keys((await lab.query('select * from stg_items'))[0] ?? {})).not.toContain('etl_deleted_at');
  });

  test('rows that were older than the retention when they vanished stay, through reloads and new tables too', async () => {
    const old = `now(6) - interval 31 day`;
    const project = {
      models: { live: 'strategy: view' },
      sql: { live: 'select id from {{ref "stg_items"}}' },
      source: ['deletes: detect', 'retention: { column: at, after: 30d }', 'columns: { rename: { updated_at: at } }'],
    };
    const lab = await openItemsLab(target, project);
    await lab.oltp.query(`update items set updated_at = if(id = 2, now(6) - interval 29 day, ${old})`);
    await lab.runWell();
    await lab.oltp.query(`insert into items values (4, 'd', 1, 1, now(6), 0)`);
    await lab.oltp.query('delete from items where id in (1, 2)');
    const ids = async () => (await lab.rows('live')).map((row) => JSON.parse(row).id);
    expect((await lab.runWell({ detect: ['stg_items'] })).steps[0]).toMatchObject({ rowsDeleted: 1, rowsInserted: 1 });
    expect(await ids()).toEqual([1, 3, 4]);
    await lab.oltp.query('delete from items where id in (3, 4)');
    expect((await lab.runWell({ reload: ['items'] })).steps[0]).toMatchObject({ rowsDeleted: 1 });
    expect(await ids()).toEqual([1, 3]);
    await lab.edit('pipelines/p.yaml', 'rename: {', 'exclude: [v, code], add: { code: "length(code)" }, rename: {');
    await lab.oltp.query(`insert into items values (5, 'eee', 1, 1, now(6), 0)`);
    const failed = await lab.run();
    expect(failed.error).toMatchObject({ code: 'SCHEMA_CHANGE' });
    await lab.edit('pipelines/p.yaml', 'add: { code: "length(code)" }', 'add: { grp: "concat(grp)" }');
    await lab.edit('pipelines/p.yaml', '[v, code]', '[v, grp]');
    await lab.runWell();
    expect(await ids()).toEqual([1, 3, 5]);
    expect(await lab.rows('stg_items', 'id, grp')).toEqual([
      '{"id":1,"grp":"1"}',
      '{"id":3,"grp":"2"}',
      '{"id":5,"grp":"1"}',
    ]);
  });

  test('a source with a column of the name is refused, and so is a retention by what tells no time', async () => {
    const lab = await openItemsLab(target, { ...keeping('deletes: detect') });
    await lab.oltp.query('alter table items add column Etl_Deleted_At int');
    expect((await lab.run()).error).toMatchObject({
      code: 'DEFINITION',
      message: "items has a column 'Etl_Deleted_At', a name that belongs to chat-etl",
    });
    await lab.oltp.query('alter table items drop column Etl_Deleted_At');
    await lab.edit('pipelines/p.yaml', 'models:', '    retention: { column: v, after: 1d }\nmodels:');
    expect((await lab.run()).error?.message).toBe("'retention' needs a date or timestamp, and v is of type integer");
    await lab.edit('pipelines/p.yaml', 'erase: [code]', 'erase: [codes]');
    expect((await lab.run()).error?.message).toBe("items has no column 'codes', which 'erase' names");
  });
});

test('a plan warns of deleted rows that keep all their columns, until the definition says which are personal', async () => {
  const lab = await openItemsLab('duckdb', { ...keeping('deletes: detect') });
  const warnings = async () => {
    const { config, project } = await openProject({ root: lab.root, env: {} });
    const selection = { pipelines: [], withUpstreams: true, fullRefresh: false, reload: [] };
    const { plan } = await planProject({ config, project, selection });
    return plan.steps[0]?.warnings.map(({ message }) => message);
  };
  expect(await warnings()).toEqual([]);
  await lab.edit('pipelines/p.yaml', '    erase: [code]\n', '');
  expect(await warnings()).toEqual(["deleted rows of 'items' keep all their columns"]);
  await lab.edit('pipelines/p.yaml', 'deleted_rows: keep\n', 'deleted_rows: keep\n    erase: []\n');
  expect(await warnings()).toEqual([]);
});

test('a plan warns of a table without a key, which is read whole each time', async () => {
  const seen = { models: { seen: 'strategy: view' }, sql: { seen: 'select count(*) as n from {{ref "stg_items"}}' } };
  const lab = await openItemsLab('duckdb', seen);
  await lab.edit('pipelines/p.yaml', '    key: id\n', '');
  await lab.edit('pipelines/p.yaml', '    incremental: { cursor: updated_at }\n', '');
  const { config, project } = await openProject({ root: lab.root, env: {} });
  const selection = { pipelines: [], withUpstreams: true, fullRefresh: false, reload: [] };
  const { plan } = await planProject({ config, project, selection });
  const warnings = plan.steps[0]?.warnings.map(({ message }) => message);
  expect(warnings).toEqual(["source 'items' has no key: it is read whole each time"]);
});
