/** Reading a table: what is delivered, and what happens when a server or a reader goes away. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { unpackRows } from '../../../src/engines/rows.js';
import type { RowBatch } from '../../../src/engines/types.js';
import { type MysqlSource, mysqlSource, openOn } from '../../extract/mysql-source.js';
import { readAll, readOf } from './source-lab.js';

const signal = new AbortController().signal;

async function bigTable({ server }: MysqlSource, rows: number): Promise<void> {
  await server.query(
    `create table big (id int unsigned primary key auto_increment, updated_at datetime(6) null, body varchar(500), key (updated_at))`,
  );
  await server.query(`insert into big (updated_at, body) values ('2024-01-01 00:00:00', repeat('x', 500))`);
  for (let there = 1; there < rows; there *= 2) {
    await server.query(`insert into big (updated_at, body) select updated_at, body from big limit ${rows - there}`);
  }
}

const byTime = { column: 'updated_at', unit: 'timestamp', timezone: 'UTC' } as const;
const big = readOf({ table: 'big', key: ['id'], cursor: byTime });

test('batches are bounded by rows and by bytes', async () => {
  await using source = await mysqlSource();
  await bigTable(source, 1000);
  const byRows = await readAll(source.database, big, { batchRows: 300 });
  expect(byRows.sizes).toEqual([300, 300, 300, 100]);
  const byBytes = await readAll(source.database, big, { batchRows: 1000, batchBytes: 1 });
  expect(byBytes.sizes.length).toBeGreaterThan(2);
  expect(byBytes.rows.length).toBe(1000);
});

test('a batch stays as it is until the next but one is asked for, though the server goes on sending', async () => {
  await using source = await mysqlSource();
  await bigTable(source, 20_000);
  const columns = await source.database.describe(big);
  const snapshot = await source.database.snapshot();
  let before: { readonly batch: RowBatch; readonly rows: string } | undefined;
  let changed = 0;
  for await (const batch of snapshot.read(big, columns, { batchRows: 50, batchBytes: 1e6, from: undefined, signal })) {
    await turn();
    if (before !== undefined && JSON.stringify(unpackRows(columns, before.batch)) !== before.rows) changed += 1;
    before = { batch, rows: JSON.stringify(unpackRows(columns, batch)) };
  }
  expect(changed).toBe(0);
  await snapshot.close();
});

test('a read of which few rows are taken ends its transaction, though all have come', async () => {
  await using source = await mysqlSource();
  await bigTable(source, 40);
  const columns = await source.database.describe(big);
  const snapshot = await source.database.snapshot();
  const limits = { batchRows: 2, batchBytes: 1e6, from: undefined, signal };
  for await (const batch of snapshot.read(big, columns, limits)) {
    expect(batch.rowCount).toBe(2);
    break;
  }
  // It would wait for whoever has read the table.
  await source.server.query('set session lock_wait_timeout = 5');
  await source.server.query('drop table big');
  await snapshot.close();
});

test('ties on the cursor and rows without one are read, whatever the batch', async () => {
  await using source = await mysqlSource();
  await bigTable(source, 5000);
  await source.server.query('update big set updated_at = null where id = 17');
  await source.server.query(`update big set updated_at = '2023-01-01' where id = 18`);
  const { rows } = await readAll(source.database, big, { batchRows: 7, from: '2024-01-01 00:00:00.000000' });
  expect(rows.length).toBe(4999);
  expect(rows.some(([id]) => id === 17)).toBe(true);
});

test('a snapshot does not see what is committed after it', async () => {
  await using source = await mysqlSource();
  await bigTable(source, 10);
  const columns = await source.database.describe(big);
  const snapshot = await source.database.snapshot();
  await source.server.query(`insert into big (updated_at) values ('2030-01-01')`);
  expect(await snapshot.maxCursor(big, undefined)).toBe('2024-01-01 00:00:00.000000');
  let rows = 0;
  for await (const batch of snapshot.read(big, columns, { batchRows: 100, batchBytes: 1e6, from: undefined, signal }))
    rows += batch.rowCount;
  expect(rows).toBe(10);
  await snapshot.close();
});

test('the largest cursor is told exactly, below a cap too', async () => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await server.query('create table c (id bigint unsigned primary key, t datetime(6), ms bigint, ts timestamp(3) null)');
  await server.query(
    `insert into c values (9, '2024-01-01 10:00:00.123456', 1704103200123, '2024-01-01 10:00:00.5'), (10, '2024-01-02', 1704103200124, null), (18446744073709551615, null, null, null)`,
  );
  const snapshot = await database.snapshot();
  const max = (column: string, unit: 'timestamp' | 'ms' | 'id', cap?: string) =>
    snapshot.maxCursor(readOf({ table: 'c', cursor: { column, unit, timezone: 'UTC' } }), cap);
  expect(await max('t', 'timestamp')).toBe('2024-01-02 00:00:00.000000');
  expect(await max('t', 'timestamp', '2024-01-01 10:00:00.123456')).toBe('2024-01-01 10:00:00.123456');
  expect(await max('t', 'timestamp', '2024-01-01 10:00:00.123455')).toBeUndefined();
  expect(await max('ts', 'timestamp')).toBe('2024-01-01 10:00:00.500000');
  expect(await max('ms', 'ms', '1704103200123')).toBe('1704103200123');
  expect(await max('id', 'id')).toBe('18446744073709551615');
  await snapshot.close();
});

test('an incremental read is a range on the cursor index and no scan', async () => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await bigTable(source, 4000);
  await server.query(`update big set updated_at = '2024-06-01' where id <= 3`);
  await server.query('analyze table big');
  expect(await database.hasCursorIndex(big)).toBe(true);
  expect(await database.hasCursorIndex(readOf({ table: 'big', cursor: { ...byTime, column: 'body' } }))).toBe(false);
  const where = `updated_at >= timestamp'2024-05-01 00:00:00.000000' or updated_at is null or updated_at < timestamp'1970-01-01 00:00:01'`;
  const [plan] = await server.query(`explain format=json select * from big where ${where}`);
  expect(JSON.stringify(plan)).toMatch(/range/i);
  const { rows } = await readAll(database, big, { batchRows: 100, from: '2024-05-01 00:00:00.000000' });
  expect(rows.length).toBe(3);
});

test('a connection killed in the middle of a read is CONNECTION_LOST and may be tried again', async () => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await bigTable(source, 60_000);
  const columns = await database.describe(big);
  const snapshot = await database.snapshot();
  let killed = false;
  const reading = async (): Promise<void> => {
    for await (const _ of snapshot.read(big, columns, { batchRows: 10, batchBytes: 1e6, from: undefined, signal })) {
      const processes = await server.query('show full processlist');
      const ours = processes.find(({ db, Info }) => db === server.database && String(Info).includes('AS "body"'));
      if (ours === undefined || killed) continue;
      killed = true;
      await server.query(`kill ${ours.Id}`);
    }
  };
  await expect(reading()).rejects.toMatchObject({ code: 'CONNECTION_LOST', retryable: true });
  await snapshot.close();
});

test('a cancelled read ends at once and stops on the server', async () => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await server.query('create table t (id int primary key)');
  await server.query('insert into t values (1), (2)');
  const slow = readOf({
    table: 't',
    columns: { include: undefined, exclude: [], rename: {}, add: { wait: 'sleep(600)' } },
  });
  const columns = await database.describe(slow);
  const snapshot = await database.snapshot();
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _ of snapshot.read(slow, columns, {
      batchRows: 1,
      batchBytes: 1,
      from: undefined,
      signal: stop.signal,
    }));
  })();
  const running = async (): Promise<boolean> =>
    (await server.query('show full processlist')).some(
      ({ db, Info }) => db === server.database && /sleep\(600\)(?!.*LIMIT 0)/s.test(String(Info)),
    );
  while (!(await running()));
  stop.abort();
  await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
  while (await running());
  await snapshot.close();
});

test('a reader that stops early leaves nothing running', async () => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await bigTable(source, 60_000);
  const columns = await database.describe(big);
  const snapshot = await database.snapshot();
  for await (const _ of snapshot.read(big, columns, { batchRows: 10, batchBytes: 1e6, from: undefined, signal })) break;
  await snapshot.close();
  const running = async (): Promise<boolean> =>
    (await server.query('show full processlist')).some(
      ({ db, Info }) => db === server.database && String(Info).includes('AS "body"'),
    );
  while (await running());
});

test('a login that may not read the text of the messages can still read the rest', async () => {
  await using source = await mysqlSource();
  const { server } = source;
  await bigTable(source, 10);
  const user = `u${server.database.slice(-10)}`;
  await server.query(`create user ${user}@'%' identified by 'secret'`);
  try {
    await server.query(`grant select (id, updated_at) on ${server.database}.big to ${user}@'%'`);
    const limited = await openOn(server, { user, password: 'secret' });
    const { columns, rows } = await readAll(limited, big);
    await limited.close();
    expect(columns.map(({ name }) => name)).toEqual(['id', 'updated_at']);
    expect(rows.length).toBe(10);
  } finally {
    await server.query(`drop user ${user}@'%'`);
  }
});

test('a wrong password and a closed port say so, without the password', async () => {
  await using source = await mysqlSource();
  const wrong = openOn(source.server, { user: 'nobody', password: 'Secr"t' });
  await expect(wrong).rejects.toMatchObject({ code: 'PRIVILEGE', retryable: false });
  await expect(wrong).rejects.not.toThrow(/Secr/);
  await expect(openOn(source.server, { host: '127.0.0.1', port: 1 })).rejects.toMatchObject({
    code: 'CONNECTION',
    retryable: true,
  });
});

test('a table altered between its description and the snapshot is read again, not half', async () => {
  await using source = await mysqlSource();
  await bigTable(source, 10);
  const columns = await source.database.describe(big);
  await source.server.query('alter table big add column extra int');
  const snapshot = await source.database.snapshot();
  const reading = snapshot
    .read(big, columns, { batchRows: 10, batchBytes: 1e6, from: undefined, signal })
    [Symbol.asyncIterator]()
    .next();
  await expect(reading).rejects.toMatchObject({ code: 'SCHEMA_CHANGE', retryable: true });
  await snapshot.close();
});

test('a server cannot make us send a file', async () => {
  await using source = await mysqlSource();
  await source.server.query('create table t (id varchar(200))');
  const read = readOf({ query: `select 1 as id` });
  await expect(readAll(source.database, read)).resolves.toMatchObject({ rows: [[expect.anything()]] });
  const { openConnection, runStatement, closeConnection } = await import('../../../src/engines/mysql/connect.js');
  const { parseOptions } = await import('../../../src/engines/mysql/options.js');
  const options = parseOptions({ name: 'x', type: 'mysql', root: '/', options: source.server.options });
  const connection = await openConnection(options, { timeoutMs: 10_000, label: '' });
  await expect(runStatement(connection, `load data local infile '/etc/hostname' into table t`)).rejects.toThrow();
  await closeConnection(connection);
  expect(await source.server.query('select count(*) as n from t')).toEqual([{ n: 0 }]);
});
