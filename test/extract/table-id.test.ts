/** A table has another id once it is truncated or made anew, and keeps it whatever else happens to it. */
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { SourceRead } from '../../src/engines/contract.js';
import { type Connection, prepareSession } from '../../src/engines/mysql/connect.js';
import { readTableId, tableList } from '../../src/engines/mysql/table-id.js';
import { toSourceRead } from '../../src/extract/source-read.js';
import { mysqlSource, openOn } from './mysql-source.js';
import { sourceOf } from './sources.js';

const readOf = (table: string): SourceRead => ({ ...toSourceRead(sourceOf('t', undefined)), table });
const name = (table: string) => `\`${table}\``;

test.each(['t', 'a table-of $ & odd #P#', 'T'])("a table called '%s'", async (table) => {
  await using source = await mysqlSource();
  const { query } = source.server;
  const id = () => source.database.tableId?.(readOf(table));
  await query(`create table ${name(table)} (id int primary key, v int)`);
  await query(`create table other (id int primary key)`);
  const first = await id();
  expect(first).toMatch(/^\d+$/);
  await query(`insert into ${name(table)} values (1, 1), (2, 2)`);
  await query(`delete from ${name(table)}`);
  await query('truncate other');
  await query(`alter table ${name(table)} comment 'the same'`);
  expect(await id()).toBe(first);
  await query(`truncate ${name(table)}`);
  const second = await id();
  expect(second).not.toBe(first);
  await query(`create table copy like ${name(table)}`);
  await query(`rename table ${name(table)} to old, copy to ${name(table)}`);
  expect(await id()).not.toBe(second);
});

test('of a partitioned table each of its partitions counts', async () => {
  await using source = await mysqlSource();
  const { query } = source.server;
  const id = () => source.database.tableId?.(readOf('t'));
  await query(
    'create table t (id int primary key) partition by range (id) (partition p0 values less than (10), partition p1 values less than (20))',
  );
  const before = await id();
  await query('insert into t values (1), (11)');
  expect(await id()).toBe(before);
  await query('alter table t truncate partition p0');
  expect(await id()).not.toBe(before);
});

test('a view, a query, and a name with more than ASCII have none', async () => {
  await using source = await mysqlSource();
  const { query } = source.server;
  await query('create table tä (id int primary key)');
  await query('create view v as select * from tä');
  const ids = [readOf('v'), readOf('tä'), { ...readOf('v'), table: undefined, query: 'select 1 as id' }].map((read) =>
    source.database.tableId?.(read),
  );
  expect(await Promise.all(ids)).toEqual([undefined, undefined, undefined]);
});

test('a login without PROCESS is told none, and its reads go on', async () => {
  await using source = await mysqlSource();
  const { server } = source;
  await server.query('create table t (id int primary key)');
  const user = `u${server.database.slice(-12)}`;
  await server.query(`create user '${user}'@'%' identified by 'pw'`);
  await server.query(`grant select on \`${server.database}\`.* to '${user}'@'%'`);
  const limited = await openOn(server, { user, password: 'pw' });
  expect(await limited.tableId?.(readOf('t'))).toBeUndefined();
  await limited.close();
  await server.query(`drop user '${user}'@'%'`);
});

test.each([
  ['5.7.44-log', false, 'innodb_sys_tables'],
  ['8.0.17', false, 'innodb_tables'],
  ['9.7.1', false, 'innodb_tables'],
  ['10.6.4-MariaDB', true, 'innodb_sys_tables'],
  ['11.8.3-MariaDB-log', true, 'innodb_sys_tables'],
])('the list of tables of %s has the name that this server gives it', (version, mariadb, list) => {
  expect(tableList({ version, mariadb })).toBe(list);
});

/** Answers each question about InnoDB with an error. */
async function refusing(errno: number): Promise<Connection> {
  const query = ({ sql }: { sql: string }, done: (error: unknown, rows?: unknown, fields?: unknown) => void): void => {
    if (/innodb/.test(sql)) done(Object.assign(new Error('refused'), { errno, sqlState: '42S02' }));
    else done(null, [{ Variable_name: 'version', Value: '5.7.44' }], []);
  };
  const connection = { query, stream: new EventEmitter() } as unknown as Connection;
  await prepareSession(connection, { timeoutMs: 1000, label: '' });
  return connection;
}

test.each([1109, 1146])('a server that has no such list tells none (error %i)', async (errno) => {
  expect(await readTableId(await refusing(errno), 'd', 't')).toBeUndefined();
});

test('any other error is one', async () => {
  await expect(readTableId(await refusing(1064), 'd', 't')).rejects.toMatchObject({ code: 'DATABASE' });
});
