import { createConnection } from 'mysql2/promise';
import { expect, test } from 'vitest';
import type { Publication, Session } from '../../../src/engines/contract.js';
import { batchesOf } from '../../conformance/targets.js';
import { bigint, column, type Lab, me, openLab } from './warehouse-lab.js';

const published = (runId: string, parts: Partial<Publication>): Publication => ({
  runId,
  tables: [],
  views: [],
  grants: [],
  ...parts,
});
const fact = { name: 'fact', replacement: 'fact__new' };
const daily = (select: string) => ({ name: 'daily', select, replacement: 'daily__new' });

async function createTable({ engine }: Lab, session: Session, name: string, values: readonly number[], extra?: string) {
  const columns = [column('v', bigint, false), ...(extra === undefined ? [] : [column(extra, bigint)])];
  await session.execute(engine.dialect.createTable(name, columns, []));
  for (const value of values) await session.execute(`insert into "${name}" (v) values (${value})`);
}

/** As a run does: the intent is committed with the data. */
async function commitIntent(session: Session, publication: Publication) {
  await session.begin();
  await session.recordPublication(publication);
  await session.commit();
}

async function setUp() {
  const lab = await openLab();
  const lease = await lab.warehouse.acquire(me('41'));
  const session = await lab.session();
  const relations = async () =>
    (await lab.database.query('show tables'))
      .map((row) => Object.values(row)[0])
      .filter((name) => !/^etl_/.test(String(name)));
  const intents = () => session.query('select run_id from etl_publication');
  return { lab, lease, session, relations, intents };
}

test('what a run left behind is dropped, but not what is committed and still to be swapped in', async () => {
  const { lab, session, relations, intents } = await setUp();
  await createTable(lab, session, 'fact__new', [1]);
  await createTable(lab, session, 'dim__new', [1]);
  await lab.session().then((other) => other.load('stg_users', [column('id', bigint)], batchesOf([[7]])));
  await commitIntent(session, published('9', { tables: [fact] }));
  await lab.warehouse.dropLeftovers();
  expect(await relations()).toEqual(['fact__new']);
  expect(await lab.database.query(`show tables like 'etl\\_work%'`)).toEqual([]);
  expect(await intents()).toHaveLength(1);
  await lab.warehouse.recover();
  expect(await relations()).toEqual(['fact']);
});

test('readers never see a missing or half-filled table or view, over fifty swaps', async () => {
  const { lab, lease, session, relations } = await setUp();
  await createTable(lab, session, 'fact', [0, 0, 0]);
  await session.execute(lab.engine.dialect.createView('daily', 'select v, 0 as made from fact'));
  const reader = await createConnection({ ...lab.database.options });
  let done = false;
  let reads = 0;
  const reading = (async () => {
    while (!done) {
      for (const name of ['fact', 'daily']) {
        const [rows] = await reader.query(`select count(*) as n, min(v) as low, max(v) as high from ${name}`);
        const [row] = rows as { n: number; low: number; high: number }[];
        expect(row).toMatchObject({ n: 3, low: row?.high });
        reads++;
      }
    }
  })();
  for (let swap = 1; swap <= 50; swap++) {
    await createTable(lab, session, 'fact__new', [swap, swap, swap]);
    const publication = published(String(swap), {
      tables: [fact],
      views: [daily(`select v, ${swap} as made from fact`)],
    });
    await commitIntent(session, publication);
    await session.publish(publication);
  }
  done = true;
  await reading;
  expect(reads).toBeGreaterThan(50);
  expect(await session.query('select distinct v, made from daily')).toEqual([{ v: 50, made: 50 }]);
  expect(await relations()).toEqual(['daily', 'fact']);
  await reader.end();
  await lease.release();
});

test('a view over a column that only the new table has is there after the swap', async () => {
  const { lab, lease, session, relations } = await setUp();
  await createTable(lab, session, 'fact', [1]);
  await session.execute(lab.engine.dialect.createView('daily', 'select * from fact'));
  await createTable(lab, session, 'fact__new', [2], 'extra');
  await session.execute(lab.engine.dialect.createView('daily__new', 'select * from fact__new'));
  await session.execute(lab.engine.dialect.createView('more__new', 'select extra from fact__new'));
  const publication = published('1', {
    tables: [fact],
    views: [daily('select * from fact'), { name: 'more', select: 'select extra from fact', replacement: 'more__new' }],
  });
  await commitIntent(session, publication);
  await session.publish(publication);
  expect(await session.query('select * from daily')).toEqual([{ v: 2, extra: null }]);
  expect(await session.query('select * from more')).toEqual([{ extra: null }]);
  expect(await relations()).toEqual(['daily', 'fact', 'more']);
  await lease.release();
});

test('a view may become a table, a table a view, and what was not there appears', async () => {
  const { lab, lease, session, relations } = await setUp();
  const { dialect } = lab.engine;
  await createTable(lab, session, 'daily', [1]);
  await session.execute(dialect.createView('fact', 'select 1 as v'));
  await createTable(lab, session, 'fact__new', [2]);
  await createTable(lab, session, 'fresh__new', [3]);
  const publication = published('1', {
    tables: [fact, { name: 'fresh', replacement: 'fresh__new' }],
    views: [daily('select v + 10 as v from fact')],
  });
  await commitIntent(session, publication);
  await session.publish(publication);
  expect((await session.columns('fact'))?.kind).toBe('table');
  expect((await session.columns('daily'))?.kind).toBe('view');
  expect(await session.query('select v from daily union all select v from fresh')).toEqual([{ v: 12 }, { v: 3 }]);
  expect(await relations()).toEqual(['daily', 'fact', 'fresh']);
  await lease.release();
});

test.each<[string, readonly string[]]>([
  ['before anything was swapped', []],
  ['right after the swap', ['rename table fact to fact__old, fact__new to fact']],
  ['half-way, with the table missing', ['rename table fact to fact__old']],
  ['after the old table was dropped', ['rename table fact to fact__old, fact__new to fact', 'drop table fact__old']],
])('a run that dies %s is finished by the next', async (_title, done) => {
  const { lab, lease, session, relations, intents } = await setUp();
  await createTable(lab, session, 'fact', [1]);
  await createTable(lab, session, 'fact__new', [2]);
  await commitIntent(session, published('41', { tables: [fact], views: [daily('select v * 10 as v from fact')] }));
  for (const statement of done) await lab.database.query(statement);
  for (let time = 0; time < 2; time++) {
    await lab.warehouse.recover();
    expect(await session.query('select v from fact union all select v from daily')).toEqual([{ v: 2 }, { v: 20 }]);
    expect(await relations()).toEqual(['daily', 'fact']);
    expect(await intents()).toEqual([]);
  }
  await lease.release();
});

test('an intent that was rolled back is none: what was built is dropped, the published stays', async () => {
  const { lab, lease, session, relations } = await setUp();
  await createTable(lab, session, 'fact', [1]);
  await createTable(lab, session, 'fact__new', [2]);
  await createTable(lab, session, 'etl_work_messages', [3]);
  await session.execute(lab.engine.dialect.createView('daily__new', 'select 1 as x'));
  await lab.database.query('create table "mine__old" (id int)'.replaceAll('"', '`'));
  await session.begin();
  await session.recordPublication(published('41', { tables: [fact] }));
  await session.rollback();
  await lab.warehouse.recover();
  expect(await relations()).toEqual(['fact', 'mine__old']);
  expect(await lab.database.query("show tables like 'etl\\_work%'")).toEqual([]);
  expect(await session.query('select v from fact')).toEqual([{ v: 1 }]);
  await lease.release();
});

test('grants are applied after the swap; one that is refused is told, and does not hold up later runs', async () => {
  const { lab, lease, session, intents } = await setUp();
  await createTable(lab, session, 'fact__new', [2]);
  const publication = published('1', { tables: [fact], grants: ['set @granted = 7', 'grant nonsense'] });
  await commitIntent(session, publication);
  await expect(session.publish(publication)).rejects.toMatchObject({ code: 'DATABASE', sql: 'grant nonsense' });
  expect(await session.query('select @granted as granted, v from fact')).toEqual([{ granted: 7, v: 2 }]);
  expect(await intents()).toEqual([]);
  await lease.release();
});

test('a swap waits for a reader that is in a transaction, and lets others read meanwhile', async () => {
  const { lab, lease, session } = await setUp();
  await createTable(lab, session, 'fact', [1]);
  await createTable(lab, session, 'fact__new', [2]);
  const publication = published('1', { tables: [fact] });
  await commitIntent(session, publication);
  await lab.database.query('start transaction');
  await lab.database.query('select * from fact');
  const publishing = session.publish(publication);
  const outside = await lab.session();
  // Waits behind the swap, and is through before the reader in the transaction ends.
  expect(await outside.query('select v from fact')).toEqual([{ v: 1 }]);
  await lab.database.query('commit');
  await publishing;
  expect(await outside.query('select v from fact')).toEqual([{ v: 2 }]);
  await lease.release();
});

test('an error after the commit is not retryable: the work must not be done again over what waits to be swapped in', async () => {
  const { lab, lease, session } = await setUp();
  await createTable(lab, session, 'fact__new', [2]);
  const publication = published('1', { tables: [fact] });
  await commitIntent(session, publication);
  const [own] = await session.query('select connection_id() as id');
  await lab.database.query(`kill ${String(own?.id)}`);
  await expect(session.publish(publication)).rejects.toMatchObject({ code: 'CONNECTION_LOST', retryable: false });
  await lab.warehouse.recover();
  expect(await lab.database.query('select v from fact')).toEqual([{ v: 2 }]);
  await lease.release();
});

test('a run that another has taken over from swaps nothing more', async () => {
  const { lab, lease, session, relations } = await setUp();
  await createTable(lab, session, 'fact', [1]);
  await createTable(lab, session, 'fact__new', [2]);
  const publication = published('41', { tables: [fact] });
  await commitIntent(session, publication);
  await lab.warehouse.recover();
  await createTable(lab, session, 'fact__new', [3]);
  await session.publish(publication);
  expect(await session.query('select v from fact')).toEqual([{ v: 2 }]);
  expect(await relations()).toEqual(['fact', 'fact__new']);
  await lease.release();
});
