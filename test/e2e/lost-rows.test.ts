/** A source found without most of its rows stops the run, which publishes nothing of it; asked for by name, they may go. */
import { describe, expect, test } from 'vitest';
import { openItemsLab } from './items-lab.js';
import { type Lab, type LabRun, type Target, targets } from './lab.js';

const models = {
  models: { t: 'strategy: table, key: grp' },
  sql: { t: 'select grp, count(*) as n from {{ref "stg_items"}} group by grp' },
};
const whole = { ...models, isWhole: true };
const detecting = { ...models, source: ['deletes: detect'] };
const tables = ['stg_items', 't'];
const everything = [...tables, 'etl_watermark', 'etl_table_state'];

/** Rows of an old stamp. */
function rows(first: number, last: number): string {
  const values = Array.from({ length: last - first + 1 }, (_, at) => {
    const id = first + at;
    return `(${id}, 'c${id}', ${id % 7}, ${id}, '2024-01-01', 0)`;
  });
  return `insert into items values ${values.join(', ')}`;
}

/** Items 1 to `last`, loaded. */
async function openFilled(target: Target, project: Parameters<typeof openItemsLab>[1], last: number): Promise<Lab> {
  const lab = await openItemsLab(target, project);
  await lab.oltp.query(rows(4, last));
  await lab.runWell();
  return lab;
}

async function liveRows(lab: Lab, condition = '1 = 1'): Promise<number> {
  return Number((await lab.query(`select count(*) as n from stg_items where ${condition}`))[0]?.n);
}

/** The run stops and leaves every table, mark and state as it was. */
async function expectStop(lab: Lab, message: RegExp, how?: LabRun): Promise<void> {
  const before = await lab.allRows(everything);
  const { error } = await lab.run(how);
  expect(error).toMatchObject({ code: 'SOURCE_REGRESSED', where: expect.stringMatching(/^pipelines\/p\.yaml:\d/) });
  expect(error?.message).toMatch(message);
  expect(error?.hint).toMatch(/chat-etl run --reload items; .*may_shrink: true/);
  expect(await lab.allRows(everything)).toEqual(before);
}

async function expectReloaded(lab: Lab): Promise<void> {
  await lab.runWell({ reload: ['items'] });
  expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
  await lab.runWell();
}

/** Its newest row is as new as it was. */
const refilled = ['truncate items', rows(1, 500), `update items set updated_at = '2024-01-02' where id = 3`];

const detect: LabRun = { detect: ['stg_items'] };

describe.each(targets)('into %s', (target) => {
  test.each([
    ['emptied', ['truncate items'], /items has lost 1,200 of its 1,200 rows/],
    ['left with a quarter', ['delete from items where id > 300'], /items has lost 900 of its 1,200 rows/],
    [
      'made anew with another type, and filled in part',
      ['truncate items', 'alter table items modify v varchar(9)', rows(1, 300)],
      /items has lost 900 of its 1,200 rows/,
    ],
  ])(
    'a source without a cursor that was %s stops the run; a reload takes what is there',
    async (_, change, message) => {
      const lab = await openFilled(target, whole, 1200);
      for (const statement of change) await lab.oltp.query(statement);
      await expectStop(lab, message);
      await expectReloaded(lab);
    },
  );

  test('so does one without a key', async () => {
    const lab = await openItemsLab(target, whole);
    await lab.edit('pipelines/p.yaml', '    key: id\n', '');
    await lab.oltp.query(rows(4, 1200));
    await lab.runWell();
    await lab.oltp.query('delete from items where id > 300');
    await expectStop(lab, /items has lost 900 of its 1,200 rows/);
    await expectReloaded(lab);
  });

  test.each([
    ['emptied', 'id', ['delete from items'], /items has lost 1,200 of its 1,200 rows/],
    ['filled anew in part', 'id', refilled, /items has lost 700 of its 1,200 rows/],
    ['filled anew in part', 'code', refilled, /items has lost 700 of its 1,200 rows/],
  ])('a source that was %s stops the run that looks for its deletes, by %s', async (_, key, change, message) => {
    const lab = await openItemsLab(target, detecting);
    await lab.edit('pipelines/p.yaml', 'key: id', `key: ${key}`);
    await lab.oltp.query(rows(4, 1200));
    await lab.runWell();
    for (const statement of change) await lab.oltp.query(statement);
    await expectStop(lab, message, detect);
    await expectReloaded(lab);
  });

  test('a repair is asked for by name, and goes through', async () => {
    const lab = await openFilled(target, detecting, 1200);
    await lab.oltp.query('delete from items where id > 300');
    await lab.runWell({ reconcile: { sources: ['stg_items'], mode: 'repair' } });
    expect(await liveRows(lab)).toBe(300);
    await lab.runWell(detect);
  });

  test('a row that is flagged is lost, and no row that was flagged before', async () => {
    const lab = await openFilled(
      target,
      { ...detecting, source: [...detecting.source, 'deleted_rows: keep', 'erase: [code]'] },
      2200,
    );
    await lab.oltp.query('delete from items where id > 1200');
    await lab.runWell(detect);
    expect(await liveRows(lab, 'etl_deleted_at is null')).toBe(1200);
    await lab.oltp.query('delete from items where id > 590');
    await expectStop(lab, /items has lost 610 of its 1,200 rows/, detect);
    await lab.runWell({ reload: ['items'] });
    expect(await liveRows(lab, 'etl_deleted_at is null')).toBe(590);
    expect(await liveRows(lab)).toBe(2200);
  });

  test('what a source may have purged is no loss, and no row that it has', async () => {
    const lab = await openFilled(
      target,
      { ...detecting, source: [...detecting.source, 'retention: { column: updated_at, after: 30d }'] },
      3000,
    );
    await lab.oltp.query('update items set updated_at = now(6) where id > 1800');
    await lab.oltp.query('delete from items where id <= 1800');
    await lab.runWell(detect);
    expect(await liveRows(lab)).toBe(3000);
    await lab.oltp.query('delete from items where id > 2300');
    await expectStop(lab, /items has lost 700 of its 1,200 rows/, detect);
  });

  test('rows that the source marks as deleted may be most of it', async () => {
    const lab = await openFilled(
      target,
      { ...models, source: ['deletes: { soft_column: gone, detect: { every: 6h } }'] },
      1200,
    );
    await lab.oltp.query('update items set gone = 1, updated_at = now(6) where id > 100');
    await lab.runWell(detect);
    expect(await liveRows(lab)).toBe(100);
  });

  test.each([
    ['a small source is emptied', 99, ['delete from items'], 0],
    ['a small source loses most of its rows', 999, ['delete from items where id > 1'], 1],
    ['half of the rows go', 1200, ['delete from items where id > 600'], 600],
    ['other rows take their place', 1200, ['delete from items', rows(5001, 5700)], 700],
  ])('no run stops where %s', async (_, last, change, left) => {
    const lab = await openFilled(target, whole, last);
    for (const statement of change) await lab.oltp.query(statement);
    await lab.runWell();
    expect(await liveRows(lab)).toBe(left);
  });

  test.each([
    ['without a cursor', whole, {}],
    ['whose deletes are looked for', detecting, detect],
  ])('a small source %s that is emptied stops the run too, unless a row takes the place', async (_, project, how) => {
    const lab = await openFilled(target, project, 100);
    await lab.oltp.query('delete from items');
    await expectStop(lab, /items has lost 100 of its 100 rows/, how);
    await lab.oltp.query(rows(1001, 1001));
    await lab.oltp.query('update items set updated_at = now(6)');
    await lab.runWell(how);
    expect(await liveRows(lab)).toBe(1);
  });

  const newest = `select fingerprint from etl_table_state where table_name = 'stg_items' order by batch desc limit 1`;

  test.each([
    ['without a cursor', whole, {}, []],
    ['whose deletes are looked for', detecting, detect, []],
    ['made anew with another type', whole, {}, ['alter table items modify v varchar(9)']],
  ])('a source %s that may shrink does so, and is the same one', async (_, project, how, change) => {
    const lab = await openFilled(target, project, 1200);
    const defined = await lab.query(newest);
    for (const statement of ['delete from items where id > 300', ...change]) await lab.oltp.query(statement);
    await expectStop(lab, /items has lost 900 of its 1,200 rows/, how);
    await lab.edit('pipelines/p.yaml', '    key: id\n', '    key: id\n    may_shrink: true\n');
    await lab.runWell(how);
    expect(await liveRows(lab)).toBe(300);
    await lab.oltp.query('delete from items');
    await lab.runWell(how);
    expect([await liveRows(lab), await lab.query(newest)]).toEqual([0, defined]);
  });

  test('with `atomicity: step` nothing of the source is published either', async () => {
    const lab = await openFilled(target, whole, 1200);
    await lab.edit('chat-etl.config.yaml', 'into: olap }', 'into: olap, atomicity: step }');
    await lab.runWell();
    await lab.oltp.query('truncate items');
    await expectStop(lab, /items has lost 1,200 of its 1,200 rows/);
    await expectReloaded(lab);
  });
});
