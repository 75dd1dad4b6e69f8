/** What becomes of a run when a source's table or server is another: the table in docs/pipelines.md, row by row. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunReport } from '../../src/run/events.js';
import { type OwnServer, ownServerBinary, startOwnServer } from '../servers/own-server.js';
import { openItemsLab } from './items-lab.js';
import { type Lab, targets } from './lab.js';

const project = {
  models: { m: 'strategy: merge, key: id', t: 'strategy: table, key: grp' },
  sql: {
    m: 'select id, v from {{delta "stg_items"}}',
    t: 'select grp, count(*) as n from {{ref "stg_items"}} group by grp',
  },
};
const detecting = { ...project, source: ['deletes: detect'] };
const tables = ['stg_items', 'm', 't'];

const create =
  'create table items (id bigint not null primary key, code varchar(20), grp int, v int, updated_at datetime(6), gone tinyint(1), key (updated_at, id))';
/** The server tells the age of a table in whole seconds. */
const nextSecond = 'select sleep(1.1)';

function warnings(report: RunReport): string {
  return report.steps.flatMap((step) => step.warnings.map(({ message }) => message)).join('\n');
}

async function statements(lab: Lab, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await lab.oltp.query(text);
}

async function ids(lab: Lab): Promise<readonly number[]> {
  return (await lab.query('select id from stg_items order by id')).map(({ id }) => Number(id));
}

/** The run fails with this code, says what to do, and leaves every table as it was. */
async function expectStop(lab: Lab, code: string, hint: RegExp, why = ''): Promise<void> {
  const before = await lab.allRows(tables);
  const { error } = await lab.run();
  const where = expect.stringMatching(/^pipelines\/p\.yaml:\d/);
  expect(error).toMatchObject({ code, where, message: expect.stringContaining(why) });
  expect(error?.hint).toMatch(hint);
  expect(await lab.allRows(tables)).toEqual(before);
}

describe.each(targets)('into %s', (target) => {
  test('a table that is missing stops the run; the one that was probably meant is named', async () => {
    const lab = await openItemsLab(target, project);
    await lab.runWell();
    await statements(lab, 'rename table items to item');
    await expectStop(lab, 'DEFINITION', /did you mean 'item'/);
    await statements(lab, 'rename table item to items');
    await lab.runWell();
  });

  test.each([
    ['the key', 'alter table items change id no bigint not null'],
    ['the cursor', 'alter table items drop column updated_at'],
    ['the column of soft deletes', 'alter table items drop column gone'],
  ])('a table that lost %s stops the run', async (_what, change) => {
    const lab = await openItemsLab(target, { ...project, source: ['deletes: { soft_column: gone }'] });
    await lab.runWell();
    await statements(lab, change);
    await expectStop(lab, 'DEFINITION', /it has /);
  });

  test('a table that was dropped and made anew stops the run where it is behind; a reload takes it as it is', async () => {
    const lab = await openItemsLab(target, project);
    await lab.runWell();
    await statements(lab, nextSecond, 'drop table items', create);
    await expectStop(lab, 'SOURCE_REGRESSED', /--reload items/);
    await statements(lab, `insert into items values (1, 'x', 1, 7, '2023-01-01', 0)`);
    await expectStop(lab, 'SOURCE_REGRESSED', /--reload items/);
    await lab.runWell({ reload: ['items'] });
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
  });

  test('where all rows are deleted the run says so, and a detect empties staging', async () => {
    const lab = await openItemsLab(target, detecting);
    await lab.runWell();
    await statements(lab, 'delete from items');
    expect(warnings(await lab.runWell())).toContain('items has no rows with a cursor any more');
    expect(await ids(lab)).toEqual([1, 2, 3]);
    await lab.runWell({ detect: ['stg_items'] });
    expect(await ids(lab)).toEqual([]);
  });

  test('a table that was truncated stops the run; a reload takes it as it is', async () => {
    const lab = await openItemsLab(target, detecting);
    await lab.runWell();
    await statements(lab, 'truncate items');
    await expectStop(lab, 'SOURCE_REGRESSED', /--reload items/);
    expect(await lab.run({ detect: ['stg_items'] })).toMatchObject({ error: { code: 'SOURCE_REGRESSED' } });
    await lab.runWell({ reload: ['items'] });
    expect(await ids(lab)).toEqual([]);
  });

  test('a table that was truncated and filled up to the newest stamp has all its rows with the next run', async () => {
    const lab = await openItemsLab(target, project);
    await lab.runWell();
    await lab.runWell();
    await statements(
      lab,
      'truncate items',
      `insert into items values (2, 'b', 1, 20, '2024-01-01', 0), (3, 'c', 2, 30, '2024-01-02', null), (7, 'x', 2, 70, '2023-01-01', 0)`,
    );
    expect(warnings(await lab.runWell())).toContain('items has 1 row below its mark that no read had brought');
    expect(await ids(lab)).toEqual([1, 2, 3, 7]);
    expect(warnings(await lab.runWell())).toBe('');
  });

  test.each([
    ['emptied and filled again with old stamps', ['delete from items'], ''],
    [
      'made anew and filled with old stamps and new ones',
      [nextSecond, 'drop table items', create],
      `, (8, 'n', 2, 80, now(6), 0)`,
    ],
  ])('a table that was %s is read again, whole', async (_how, change, more) => {
    const lab = await openItemsLab(target, detecting);
    await lab.runWell();
    await lab.runWell();
    await statements(
      lab,
      ...change,
      `insert into items values (2, 'y', 1, 21, '2024-01-01', 0), (7, 'x', 2, 70, '2023-01-01', 0)${more}`,
    );
    expect(warnings(await lab.runWell())).toMatch(/items has (1 row|2 rows) below its mark that no read had brought/);
    await lab.runWell({ detect: ['stg_items'] });
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
  });

  test('a table swapped for an equal copy, as online schema tools do, is not read again', async () => {
    const lab = await openItemsLab(target, project);
    await lab.runWell();
    await lab.runWell();
    await statements(
      lab,
      nextSecond,
      'create table _items_new like items',
      'alter table _items_new add key (grp)',
      'insert into _items_new select * from items',
      'rename table items to _items_old, _items_new to items',
      `insert into items values (4, 'd', 2, 40, now(6), 0)`,
    );
    const report = await lab.runWell();
    expect(warnings(report)).toBe('');
    expect(report.steps[0]?.cursorFrom).toBeDefined();
    expect(await ids(lab)).toEqual([1, 2, 3, 4]);
  });

  test('a detect finds rows that were written with old stamps, and brings them', async () => {
    const lab = await openItemsLab(target, {
      ...project,
      source: ['deletes: { soft_column: gone, detect: { every: 6h } }'],
    });
    await lab.runWell();
    await statements(
      lab,
      `insert into items values (9, 'z', 2, 90, '2023-06-01', 0), (10, 'z', 2, 100, '2023-06-01', 1)`,
    );
    await lab.runWell();
    expect(await ids(lab)).toEqual([1, 2, 3]);
    const report = await lab.runWell({ detect: ['stg_items'] });
    expect(warnings(report)).toContain('items has 1 row below its mark');
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
    expect(warnings(await lab.runWell({ detect: ['stg_items'] }))).toBe('');
  });

  test('a source that is read whole and found empty says what it took away', async () => {
    const lab = await openItemsLab(target, { ...project, isWhole: true });
    await lab.runWell();
    await statements(lab, 'truncate items');
    expect(warnings(await lab.runWell())).toContain('items is empty now: its 3 rows left stg_items');
  });

  test('another server behind the same name: all rows are read again, with a warning', async () => {
    const lab = await openItemsLab(target, project);
    await lab.runWell();
    await lab.runWell();
    await statements(
      lab,
      `update items set v = 99 where id = 1`,
      `insert into items values (0, 'z', 1, 5, '2023-01-01', 0)`,
    );
    expect(warnings(await lab.runWell())).toBe('');
    expect(await ids(lab)).toEqual([1, 2, 3]);
    await lab.query(`update etl_watermark set server_id = 'another'`);
    const report = await lab.runWell();
    expect(warnings(report)).toContain('items is read from another server than the last time');
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
    const again = await lab.runWell();
    expect(warnings(again)).toBe('');
    expect(again.steps[0]?.cursorFrom).toBeDefined();
  });

  test('another server that is behind the last read stops the run', async () => {
    const lab = await openItemsLab(target, project);
    await lab.runWell();
    await lab.query(`update etl_watermark set server_id = 'another'`);
    await statements(lab, 'delete from items where id = 3');
    await expectStop(lab, 'SOURCE_REGRESSED', /--reload items/);
  });
});

describe.skipIf(ownServerBinary === undefined).each(targets)(
  'from a server that is started again, into %s',
  (target) => {
    let server: OwnServer;
    beforeAll(async () => {
      // What is committed outlives the kill.
      server = await startOwnServer({ settings: ['--innodb-flush-log-at-trx-commit=1', '--innodb-doublewrite=1'] });
    });

    test('a table that is behind stops the run, as it does not while the server runs; a reload takes it as it is', async () => {
      const lab = await openItemsLab(target, { ...project, server: server.url });
      const [uptime] = await lab.oltp.query(`show global status like 'Uptime'`);
      await statements(lab, `select sleep(greatest(0, 3 - ${Number(uptime?.Value)}))`);
      await lab.runWell();
      await statements(lab, 'delete from items where id = 3');
      await lab.runWell();
      await server.kill();
      await server.start();
      await expectStop(lab, 'SOURCE_REGRESSED', /--reload items/, '(the server was started again since)');
      await lab.runWell({ reload: ['items'] });
      expect(await ids(lab)).toEqual([1, 2]);
      expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
    });

    test('a table that is not behind is read on from its mark', async () => {
      const lab = await openItemsLab(target, { ...project, server: server.url });
      await lab.runWell();
      await server.kill();
      await server.start();
      await server.query(`insert into ${lab.oltp.database}.items values (4, 'd', 2, 40, now(6), 0)`);
      const report = await lab.runWell();
      expect([warnings(report), await ids(lab)]).toEqual(['', [1, 2, 3, 4]]);
      expect(report.steps[0]?.cursorFrom).toBeDefined();
    });
  },
);
