/** How busy a server is, and what a read keeps it from doing, on a real one. */
import type { Connection as ForeignConnection } from 'mysql2/promise';
import { expect, test } from 'vitest';
import type { SourceDatabase, SourceSnapshot } from '../../../src/engines/contract.js';
import type { RowBatch } from '../../../src/engines/types.js';
import { type MysqlSource, mysqlSource } from '../../extract/mysql-source.js';
import { readOf } from './source-lab.js';

/** A table of 20 MB, more than lies in the buffers of a connection, of which a read has taken the first rows and waits. */
async function beginRead(source: MysqlSource) {
  const { server, database } = source;
  await server.query('create table t (id int not null auto_increment primary key, pad varchar(4000) not null)');
  const some = Array.from({ length: 500 }, () => `(repeat('x', 4000))`).join();
  for (let part = 0; part < 10; part++) await server.query(`insert into t (pad) values ${some}`);
  const read = readOf({ table: 't', key: ['id'] });
  const columns = await database.describe(read);
  const snapshot = await database.snapshot();
  const options = { batchRows: 100, batchBytes: 1e9, from: undefined, signal: new AbortController().signal };
  const batches = snapshot.read(read, columns, options)[Symbol.asyncIterator]();
  await batches.next();
  let ended: Promise<void> | undefined;
  const end = (): Promise<void> => {
    ended ??= endRead(snapshot, batches);
    return ended;
  };
  return { end, [Symbol.asyncDispose]: end };
}

async function endRead(snapshot: SourceSnapshot, batches: AsyncIterator<RowBatch>): Promise<void> {
  await batches.return?.();
  await snapshot.close();
}

/** Ends when the server counts as many as are awaited; other tests may add some of their own. */
async function untilRunning(database: SourceDatabase, least: number): Promise<number> {
  for (;;) {
    const running = (await database.load?.())?.threadsRunning ?? 0;
    if (running >= least) return running;
  }
}

test('statements of others count as running', async () => {
  await using source = await mysqlSource();
  const sleepers = await Promise.all(Array.from({ length: 30 }, () => source.foreign()));
  for (const sleeper of sleepers) void sleeper.query('select sleep(60)').catch(() => undefined);
  expect(await untilRunning(source.database, 30)).toBeGreaterThanOrEqual(30);
});

test('a read of our own that waits for its reader does not count', async () => {
  await using source = await mysqlSource();
  await using _reading = await beginRead(source);
  const listed = await source.server.query('show processlist');
  const own = listed.filter(({ db, Command }) => db === source.server.database && Command !== 'Sleep');
  // The read, and the one who asks.
  expect(own).toHaveLength(2);
  const status = Number((await source.server.query(`show global status like 'Threads_running'`))[0]?.Value);
  const { threadsRunning = status } = (await source.database.load?.()) ?? {};
  expect(threadsRunning).toBeLessThan(status);
});

test('a read goes no further than its reader: the server keeps the rows that nobody takes', async () => {
  await using source = await mysqlSource();
  await using _reading = await beginRead(source);
  const { query, database } = source.server;
  for (let asked = 0; asked < 300; asked++) {
    const listed = await query('show processlist');
    expect(listed.filter(({ db, Command }) => db === database && Command !== 'Sleep')).toHaveLength(2);
  }
});

test('a server that is no replica has no lag', async () => {
  await using source = await mysqlSource();
  expect((await source.database.load?.())?.lagSeconds).toBeUndefined();
});

async function errorOf(work: Promise<unknown>): Promise<number | undefined> {
  return work.then(
    () => undefined,
    (error) => error.errno,
  );
}

test('a read takes no lock on rows or tables: everybody writes meanwhile, only changes of the table wait', async () => {
  await using source = await mysqlSource();
  await using reading = await beginRead(source);
  const other: ForeignConnection = await source.foreign();
  await other.query('set innodb_lock_wait_timeout = 1, lock_wait_timeout = 1');
  const id = Number((await source.server.query('select connection_id() as id'))[0]?.id);
  const [held] = await other.query(
    'select max(trx_rows_locked) as row_locks, max(trx_tables_locked) as table_locks from information_schema.innodb_trx where trx_mysql_thread_id in (select id from information_schema.processlist where db = database()) and trx_mysql_thread_id <> ?',
    [id],
  );
  expect(held).toEqual([{ row_locks: 0, table_locks: 0 }]);
  await other.query(`insert into t (pad) values ('new')`);
  await other.query(`update t set pad = 'changed' where id <= 1000`);
  await other.query('delete from t where id between 4000 and 4010');
  await other.query('select * from t where id = 1 for update');
  await other.query('create table another as select 1 as n');
  // 1205: they wait for the read's metadata lock, for as long as their own session allows.
  expect(await errorOf(other.query('alter table t add column extra int'))).toBe(1205);
  expect(await errorOf(other.query('lock tables t write'))).toBe(1205);
  await reading.end();
  expect(await errorOf(other.query('alter table t add column extra int'))).toBeUndefined();
});
