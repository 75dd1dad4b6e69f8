/** A source that was put back to an earlier state and written on since: its newest rows look as they should, older ones do not. */
import { type Connection, createConnection } from 'mysql2/promise';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunReport } from '../../src/run/events.js';
import { type OwnServer, ownServerBinary, startOwnServer } from '../servers/own-server.js';
import { type ItemsProject, openItemsLab } from './items-lab.js';
import { type Lab, type LabRun, type Target, targets } from './lab.js';

const project: ItemsProject = {
  models: { t: 'strategy: table, key: grp' },
  sql: { t: 'select grp, sum(v) as v from {{ref "stg_items"}} group by grp' },
};
const tables = ['stg_items', 't'];
const everything = [...tables, 'etl_watermark', 'etl_table_state'];

const create =
  'create table items (id bigint not null primary key, code varchar(20), grp int, v int, updated_at datetime(6), gone tinyint(1), key (updated_at, id))';
/** The server tells its age and that of a table in whole seconds. */
const nextSecond = 'do sleep(1.1)';
const backup = `(1, 'a', 1, 10, '2024-01-01', 0), (2, 'b', 1, 20, '2024-01-01', 0), (3, 'c', 2, 30, '2024-01-02', null)`;

async function statements(lab: Lab, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await lab.oltp.query(text);
}

function warnings(report: RunReport): string {
  return report.steps.flatMap((step) => step.warnings.map(({ message }) => message)).join('\n');
}

/** Items 1 and 2 read, and read again once they were changed. */
async function openChanged(target: Target, changes: ItemsProject = {}, key = 'id'): Promise<Lab> {
  const lab = await openItemsLab(target, { ...project, ...changes });
  await lab.edit('pipelines/p.yaml', 'key: id', `key: ${key}`);
  await lab.runWell();
  await lab.runWell();
  await statements(lab, 'update items set v = v + 1, updated_at = now(6) where id <= 2');
  await lab.runWell();
  return lab;
}

/** Runs until the mark is past the old rows: it waits for whatever is open on the server. */
async function runUntilMarked(lab: Lab): Promise<void> {
  for (let run = 0; run < 20; run++) {
    const { steps } = await lab.runWell();
    if (String(steps[0]?.cursorFrom ?? '') > '2024-06') return;
  }
  throw new Error('the mark stays behind the old rows');
}

/** Twelve items more than the three, from 10 on, read and marked. */
async function openWithMore(target: Target) {
  const lab = await openItemsLab(target, project);
  await lab.runWell();
  const more = Array.from({ length: 12 }, (_, at) => `(${10 + at}, 'n${at}', 1, 1, now(6), 0)`);
  await statements(lab, `insert into items values ${more.join(', ')}`);
  await runUntilMarked(lab);
  return { lab, more };
}

async function expectStop(lab: Lab, message: string, how?: LabRun): Promise<void> {
  const before = await lab.allRows(everything);
  const { error } = await lab.run(how);
  expect(error).toMatchObject({ code: 'SOURCE_REGRESSED', where: expect.stringMatching(/^pipelines\/p\.yaml:\d/) });
  expect(error?.message).toContain(message);
  expect(error?.hint).toContain('chat-etl run --reload items');
  expect(await lab.allRows(everything)).toEqual(before);
}

async function expectReloaded(lab: Lab): Promise<void> {
  await lab.runWell({ reload: ['items'] });
  expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
  expect(warnings(await lab.runWell())).toBe('');
}

const restored = [nextSecond, 'drop table items', create, `insert into items values ${backup}`];
const writtenOn = `insert into items values (4, 'd', 2, 40, now(6), 0)`;
const older = 'have an older updated_at than was read before (the table was truncated or made anew since)';

describe.each(targets)('into %s', (target) => {
  test.each([
    ['an integer', 'id', 'id 1', []],
    ['a text', 'code', 'code a', []],
    ['two columns', '[grp, id]', 'grp 1, id 1', []],
    ['an integer, its deletes looked for', 'id', 'id 1', ['deletes: detect']],
    ['a text, its deletes kept', 'code', 'code a', ['deletes: detect', 'deleted_rows: keep', 'erase: []']],
    ['an integer, its deletes marked', 'id', 'id 1', ['deletes: { soft_column: gone, detect: { every: 6h } }']],
    [
      'an integer, its cursor renamed',
      'id',
      'id 1',
      ['deletes: detect', 'retention: { column: at, after: 9999d }', 'columns: { rename: { updated_at: at } }'],
    ],
  ])(
    'a table restored from a backup and written past the mark stops the run: its key %s',
    async (_, key, sample, source) => {
      const lab = await openChanged(target, { source }, key);
      await statements(lab, ...restored, writtenOn);
      const message = `items went back in time: 2 of its rows, such as ${sample}, ${older}`;
      await expectStop(lab, message);
      if (source.length > 0) await expectStop(lab, message, { detect: ['stg_items'] });
      await expectReloaded(lab);
    },
  );

  test('so does one that was truncated and filled from a backup, where its newest rows are gone', async () => {
    const lab = await openChanged(target);
    await statements(lab, 'truncate items', `insert into items values ${backup}`);
    await expectStop(lab, 'was read before (the table was truncated or made anew since)');
    await expectReloaded(lab);
  });

  test('so does one that was truncated, filled from a backup and written past the mark', async () => {
    const lab = await openChanged(target);
    await statements(lab, 'truncate items', `insert into items values ${backup}`, writtenOn);
    await expectStop(lab, `items went back in time: 2 of its rows, such as id 1, ${older}`);
    await expectReloaded(lab);
  });

  test('so does one that lacks the newest rows of before, where rows were only ever added', async () => {
    const { lab, more } = await openWithMore(target);
    await statements(lab, ...restored, `insert into items values (90, 'd', 2, 40, now(6), 0)`);
    await expectStop(lab, 'items went back in time: the 12 newest rows that were read, such as id 10, are gone');
    await statements(lab, `insert into items values ${more.slice(3).join(', ')}`);
    await lab.runWell();
  });

  test('the newest rows of a table that is the same one were deleted', async () => {
    const { lab } = await openWithMore(target);
    await statements(lab, 'delete from items where id >= 10');
    await lab.runWell();
    await lab.runWell();
  });

  test('rows whose cursor was set back by an application are read again', async () => {
    const lab = await openChanged(target);
    await statements(
      lab,
      writtenOn,
      `update items set v = 77, updated_at = '2023-01-01' where id = 3`,
      nextSecond,
      'alter table items force',
    );
    expect(warnings(await lab.runWell())).toContain('items has 1 row below its mark that no read had brought');
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
  });

  test('a repair mends it as well', async () => {
    const lab = await openChanged(target);
    await statements(lab, ...restored, writtenOn);
    await lab.runWell({ reconcile: { sources: ['stg_items'], mode: 'repair' } });
    await lab.runWell();
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
  });

  test.each([
    ['{ column: c, unit: s }', 'bigint', ['1704067200', '1704153600', '1717200000', 'unix_timestamp()']],
    [
      '{ column: c, unit: ms }',
      'decimal(20,3)',
      ['1704067200000.5', '1704153600000', '1717200000000.25', 'unix_timestamp() * 1000'],
    ],
    ['{ column: c, unit: id }', 'int unsigned', ['9', '10', '100', '1000']],
    [
      '{ column: c, timezone: Asia/Kolkata }',
      'datetime',
      [`'2024-01-01'`, `'2024-01-02'`, `'2024-06-01'`, `now() + interval 330 minute`],
    ],
    ['c', 'timestamp(3) null', [`'2024-01-01'`, `'2024-01-02 00:00:00.001'`, `'2024-06-01'`, 'now(3)']],
    ['c', 'date', [`'2024-01-01'`, `'2024-01-02'`, `'2024-06-01'`, 'current_date']],
  ])('whatever the cursor tells: %s, %s', async (cursor, type, [first, second, third, newest]) => {
    const lab = await openItemsLab(target, project);
    await lab.edit('pipelines/p.yaml', 'table: items', 'table: of_cursor');
    await lab.edit('pipelines/p.yaml', 'cursor: updated_at', `cursor: ${cursor}`);
    const made = [
      `create table of_cursor (id int primary key, grp int, v int, c ${type}, key (c))`,
      `insert into of_cursor values (1, 1, 1, ${first}), (2, 1, 2, ${second})`,
    ];
    await statements(lab, ...made);
    await lab.runWell();
    await lab.runWell();
    await statements(lab, `update of_cursor set c = ${third}, v = 11 where id = 1`);
    await lab.runWell();
    await statements(
      lab,
      nextSecond,
      'drop table of_cursor',
      ...made,
      `insert into of_cursor values (3, 1, 3, ${newest})`,
    );
    await expectStop(lab, 'items went back in time: its row id 1 has an older c than was read before');
    await expectReloaded(lab);
  });

  test('rows that are newer than they were read, and rows that had no cursor, are read', async () => {
    const lab = await openItemsLab(target, project);
    await statements(lab, `insert into items values (5, 'e', 3, 50, null, 0), (6, 'f', 3, 60, now(6), 0)`);
    await runUntilMarked(lab);
    await statements(
      lab,
      nextSecond,
      'alter table items force',
      `update items set v = 300, updated_at = '2024-01-03' where id = 3`,
      `update items set v = 500, updated_at = '2024-01-03' where id = 5`,
    );
    expect(warnings(await lab.runWell())).toContain('items has 2 rows below its mark that no read had brought');
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
  });

  test('rows that the source may have purged tell nothing of it', async () => {
    const source = ['deletes: detect', 'retention: { column: updated_at, after: 30d }'];
    const lab = await openItemsLab(target, { ...project, source });
    await lab.edit('pipelines/p.yaml', 'key: id', 'key: code');
    await statements(lab, `insert into items values (5, 'e', 3, 50, now(6), 0), (6, 'f', 3, 60, now(6), 0)`);
    await runUntilMarked(lab);
    await statements(
      lab,
      nextSecond,
      'alter table items force',
      `update items set updated_at = '2023-12-01' where id = 3`,
      'delete from items where id = 5',
    );
    expect(warnings(await lab.runWell())).toBe('');
  });

  test.each([
    ['a query', 'query: "select * from items where v < 1000"'],
    ['a view', 'table: small_items'],
  ])('rows of %s that are older than they were read are read again', async (_, from) => {
    const lab = await openItemsLab(target, project);
    await statements(lab, 'create view small_items as select * from items where v < 1000');
    await lab.edit('pipelines/p.yaml', 'table: items', from);
    await statements(lab, `insert into items values (5, 'e', 3, 50, now(6), 0), (6, 'f', 3, 60, now(6), 0)`);
    await runUntilMarked(lab);
    await statements(
      lab,
      `update items set updated_at = '2023-12-01', v = 301 where id = 3`,
      `delete from items where updated_at > '2024-06-01'`,
    );
    expect(warnings(await lab.runWell())).toContain('items has 1 row below its mark that no read had brought');
    expect(await lab.rows('stg_items', 'v')).toContain('{"v":301}');
  });

  test.each(['id', 'code'])(
    'a table that is altered while others write, and commit late, is the same table (key %s)',
    async (key) => {
      const lab = await openItemsLab(target, { ...project, source: ['deletes: detect'] });
      await lab.edit('pipelines/p.yaml', 'key: id', `key: ${key}`);
      await statements(lab, `insert into items values (5, 'e', 1, 1, null, 0), (6, 'f', 1, 1, null, 0)`);
      const more = Array.from({ length: 300 }, (_, at) => `(${100 + at}, 'x${at}', ${at % 5}, ${at}, '2024-01-01', 0)`);
      await statements(lab, `insert into items values ${more.join(', ')}`);
      await lab.runWell();
      const late = await createConnection({ ...lab.oltp.options });
      const writer = await createConnection({ ...lab.oltp.options });
      await writer.query(`set time_zone = '+00:00'`);
      await late.query(`set time_zone = '+00:00'`);
      let isEnough = false;
      const writing = (async () => {
        for (let turn = 0; !isEnough; turn++) {
          await writer.query('update items set v = v + 1, updated_at = now(6) where id = ?', [
            100 + ((turn * 7) % 200),
          ]);
        }
      })();
      try {
        for (let round = 0; round < 3; round++) {
          await late.query('begin');
          await late.query('update items set v = 1000, updated_at = now(6) where id = ?', [300 + round]);
          await lab.runWell();
          await late.query('commit');
          // A key that differs has others read beside it.
          await statements(lab, `delete from items where id = ${390 + round}`);
          await statements(
            lab,
            nextSecond,
            round === 1 ? 'alter table items add column more int default 7' : 'alter table items force',
          );
          expect(warnings(await lab.runWell(round === 2 ? { detect: ['stg_items'] } : {}))).toBe('');
        }
      } finally {
        isEnough = true;
        await writing;
        await Promise.all([late.end(), writer.end()]);
      }
      await lab.runWell({ detect: ['stg_items'] });
      expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
    },
  );
});

describe.skipIf(ownServerBinary === undefined)('a server that was started again', () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await startOwnServer();
  }, 60_000);

  /** Kills the server in the middle of what others write, and starts it again. */
  async function restart(lab: Lab): Promise<Connection> {
    const writer = await createConnection({ ...lab.oltp.options });
    writer.on('error', () => undefined);
    await writer.query(`set time_zone = '+00:00'`);
    await writer.query('begin');
    await writer.query('update items set v = 99, updated_at = now(6) where id = 1');
    await writer.query(nextSecond);
    await server.kill();
    await server.start();
    const connection = await createConnection({ ...lab.oltp.options });
    await connection.query(`set time_zone = '+00:00'`);
    return connection;
  }

  test('is the same server where its rows are what they were', async () => {
    const lab = await openChanged('duckdb', { server: server.url });
    const connection = await restart(lab);
    await connection.query(writtenOn);
    expect(warnings(await lab.runWell())).toBe('');
    await connection.end();
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
  });

  test('has gone back in time where older ones are there', async () => {
    const lab = await openChanged('duckdb', { server: server.url });
    const connection = await restart(lab);
    await connection.query(`replace into items values ${backup}`);
    await connection.query(writtenOn);
    await connection.end();
    await expectStop(
      lab,
      'items went back in time: 2 of its rows, such as id 1, have an older updated_at than was read before (the server was started again since)',
    );
    await expectReloaded(lab);
  });
});
