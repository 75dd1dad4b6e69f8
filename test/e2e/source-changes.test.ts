/** What becomes of a run when the columns of a source change: the table in docs/pipelines.md, row by row. */
import { describe, expect, test } from 'vitest';
import type { RunEvent, RunReport } from '../../src/run/events.js';
import { openItemsLab } from './items-lab.js';
import { type Lab, targets } from './lab.js';

/** A model that follows all columns, one that names some, and a view. */
const project = {
  models: { everything: 'strategy: merge, key: id', few: 'strategy: table, key: id', seen: 'strategy: view' },
  sql: {
    everything: 'select * from {{delta "stg_items"}}',
    few: 'select id, v from {{ref "stg_items"}}',
    seen: 'select * from {{ref "stg_items"}}',
  },
};
const tables = ['stg_items', 'everything', 'few', 'seen'];

function warnings(report: RunReport): string {
  return report.steps.flatMap((step) => step.warnings.map(({ message }) => message)).join('\n');
}

function sourceStep(report: RunReport) {
  return report.steps.find(({ step }) => step === 'stg_items');
}

async function insertItem(lab: Lab, values: string): Promise<void> {
  await lab.oltp.query(`insert into items values (${values})`);
}

describe.each(targets)('into %s', (target) => {
  test('a column that is gone stays with what it held, is named each run, and goes by --reload', async () => {
    const lab = await openItemsLab(target, project);
    await lab.runWell();
    await lab.oltp.query('alter table items drop column code');
    await insertItem(lab, '4, 2, 40, now(6), 0');
    await lab.oltp.query('update items set v = 11, updated_at = now(6) where id = 1');
    const report = await lab.runWell();
    expect(warnings(report)).toContain(`items has no column 'code' any more`);
    expect(warnings(report)).toContain('--reload items');
    const kept = ['{"id":1,"code":"a","v":11}', '{"id":2,"code":"b","v":20}', '{"id":3,"code":"c","v":30}'];
    for (const table of ['stg_items', 'everything', 'seen']) {
      expect(await lab.rows(table, 'id, code, v')).toEqual([...kept, '{"id":4,"code":null,"v":40}']);
    }
    const again = await lab.runWell();
    expect(warnings(again)).toContain(`items has no column 'code' any more`);
    expect(sourceStep(again)?.rowsUpdated).toBe(0);
    await lab.edit('sql/everything.sql', '*', 'id, grp, v');
    expect(warnings(await lab.runWell({ reload: ['items'], fullRefresh: true }))).toBe('');
    expect((await lab.rows('stg_items'))[0]).not.toContain('code');
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
  });

  test('a column that comes back has the values of the source again, in every row', async () => {
    const lab = await openItemsLab(target, project);
    await lab.runWell();
    await lab.oltp.query('alter table items drop column code');
    await insertItem(lab, '4, 2, 40, now(6), 0');
    await lab.runWell();
    await lab.oltp.query(`alter table items add column code varchar(20) default 'new'`);
    const report = await lab.runWell();
    expect(warnings(report)).toBe('');
    const codes = [1, 2, 3, 4].map((id) => `{"id":${id},"code":"new"}`);
    for (const table of ['stg_items', 'everything']) expect(await lab.rows(table, 'id, code')).toEqual(codes);
    expect(sourceStep(await lab.runWell())?.rowsUpdated).toBe(0);
  });

  test('a column that comes back in a run that fails has the values of the source with the next', async () => {
    const lab = await openItemsLab(target, project);
    await lab.runWell();
    await lab.oltp.query('alter table items drop column code');
    await lab.runWell();
    await lab.oltp.query(`alter table items add column code varchar(20) default 'new'`);
    const abort = new AbortController();
    const onEvent = (event: RunEvent) => void (event.type === 'stage' && event.stage === 'commit' && abort.abort());
    expect(await lab.run({ signal: abort.signal, onEvent })).toMatchObject({ status: 'cancelled' });
    await lab.runWell();
    const codes = [1, 2, 3].map((id) => `{"id":${id},"code":"new"}`);
    for (const table of ['stg_items', 'everything']) expect(await lab.rows(table, 'id, code')).toEqual(codes);
  });

  test('a personal column that is gone is erased all the same, once its row is deleted', async () => {
    const source = ['deletes: detect', 'deleted_rows: keep', 'erase: [code]'];
    const models = { everything: 'strategy: merge, key: id' };
    const lab = await openItemsLab(target, { models, sql: { everything: project.sql.everything }, source });
    await lab.runWell();
    await lab.oltp.query('alter table items drop column code');
    await lab.runWell();
    await lab.oltp.query('delete from items where id = 2');
    await lab.runWell({ detect: ['stg_items'] });
    for (const table of ['stg_items', 'everything']) {
      expect(await lab.rows(table, 'id, code, etl_deleted_at is null as lives')).toEqual([
        '{"id":1,"code":"a","lives":1}',
        '{"id":2,"code":null,"lives":0}',
        '{"id":3,"code":"c","lives":1}',
      ]);
    }
  });

  test('a renamed column is one that is gone and one that is new, with the values of all rows', async () => {
    const lab = await openItemsLab(target, project);
    await lab.runWell();
    await lab.oltp.query('alter table items rename column code to label');
    const report = await lab.runWell();
    expect(warnings(report)).toContain(`no column 'code' any more`);
    expect(await lab.rows('stg_items', 'id, code, label')).toEqual([
      '{"id":1,"code":"a","label":"a"}',
      '{"id":2,"code":"b","label":"b"}',
      '{"id":3,"code":"c","label":"c"}',
    ]);
  });

  test('wider types widen staging and the models on it where they stand: nothing is read again', async () => {
    const lab = await openItemsLab(target, { ...project, source: ['deletes: detect'] });
    await lab.oltp.query(
      'alter table items modify id int not null, add column price decimal(6,2) default 1.25, add column ratio float default 0.1',
    );
    await lab.runWell();
    await lab.oltp.query(
      'alter table items modify id bigint unsigned, modify v bigint, modify code varchar(300), modify price decimal(30,4), modify ratio double',
    );
    await insertItem(
      lab,
      `5000000000, repeat('x', 300), 2, 9223372036854775807, now(6), 0, 12345678901234567890.1234, 0.1`,
    );
    expect((await lab.run()).error?.message).toContain(
      `column 'id' was integer(32) and would be integer(64, unsigned)`,
    );
    await lab.oltp.query('alter table items modify id bigint not null');
    const report = await lab.runWell();
    expect(sourceStep(report)).toMatchObject({ rowsInserted: 1, rowsUpdated: 0 });
    const text = target === 'duckdb' ? 'varchar' : 'char';
    const columns = `id, cast(v as ${text}) as v, cast(price as ${text}) as price, length(code) as code`;
    for (const table of ['stg_items', 'everything', 'seen']) {
      expect(await lab.rows(table, columns)).toEqual([
        '{"id":1,"v":"10","price":"1.2500","code":1}',
        '{"id":2,"v":"20","price":"1.2500","code":1}',
        '{"id":3,"v":"30","price":"1.2500","code":1}',
        '{"id":5000000000,"v":"9223372036854775807","price":"12345678901234567890.1234","code":300}',
      ]);
    }
    expect(await lab.rows('few', `id, cast(v as ${text}) as v`)).toHaveLength(4);
    await lab.oltp.query('delete from items where id = 2');
    await lab.runWell({ detect: ['stg_items'] });
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
  });

  test('a narrower type leaves staging as wide as it is', async () => {
    const lab = await openItemsLab(target, project);
    await lab.runWell();
    await lab.oltp.query('alter table items modify v smallint, modify code varchar(5)');
    await insertItem(lab, `4, 'd', 2, 40, now(6), 0`);
    await lab.runWell();
    expect(await lab.rows('everything', 'id, code, v')).toHaveLength(4);
    await lab.oltp.query('alter table items modify v int, modify code varchar(20)');
    await lab.runWell();
    expect(await lab.rows('stg_items', 'id, code, v')).toEqual(await lab.rows('everything', 'id, code, v'));
  });

  test('another type stops the run with what to do, and nothing is published', async () => {
    const lab = await openItemsLab(target, project);
    await lab.runWell();
    const before = await lab.allRows(tables);
    await lab.oltp.query('alter table items modify v varchar(20)');
    await lab.oltp.query(`update items set v = 'many', updated_at = now(6) where id = 1`);
    const { error } = await lab.run();
    expect(error).toMatchObject({ code: 'SCHEMA_CHANGE', where: expect.stringContaining('pipelines/p.yaml:3:') });
    expect(error?.message).toContain(`column 'v' was integer(32) and would be text`);
    expect(error?.hint).toContain('--reload items');
    expect(await lab.allRows(tables)).toEqual(before);
    await lab.runWell({ reload: ['items'], fullRefresh: true });
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
  });
});

test('decimals with more digits than DuckDB holds are text, exact, and named once a run', async () => {
  const lab = await openItemsLab('duckdb', project);
  await lab.oltp.query(
    'alter table items add column amount decimal(65,30) default 0.1, add column total decimal(38,2)',
  );
  const report = await lab.runWell();
  expect(warnings(report).split('\n')).toHaveLength(1);
  expect(warnings(report)).toContain('items.amount is decimal(65,30), and the warehouse holds 38 digits');
  expect(warnings(await lab.runWell())).toContain('items.amount is decimal(65,30)');
});
