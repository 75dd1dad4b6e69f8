/** A warehouse on the source's own server copies a table as a read would have brought it, and locks nothing. */
import { expect, onTestFinished, test } from 'vitest';
import type { CopyableTable, SourceRead } from '../../../src/engines/contract.js';
import type { Column } from '../../../src/engines/types.js';
import { edges } from '../../e2e/type-edges.js';
import { mysqlSource } from '../../extract/mysql-source.js';
import { readOf } from './source-lab.js';
import { openLab } from './warehouse-lab.js';

const pages = { batchRows: 1000, batchBytes: 10_000_000, from: undefined, signal: new AbortController().signal };
const items = readOf({ table: 'items', key: ['id'] });
const ignore = () => undefined;

async function open(statements: readonly string[]) {
  const source = await mysqlSource();
  onTestFinished(() => source[Symbol.asyncDispose]());
  for (const statement of statements) await source.server.query(statement);
  const snapshot = await source.database.snapshot();
  onTestFinished(() => snapshot.close());
  const { warehouse, engine } = await openLab();
  const session = await warehouse.session();
  const offered = async (read: SourceRead) => {
    const columns = await source.database.describe(read);
    return { columns, table: await snapshot.copyable?.(read, columns) };
  };
  const copy = (columns: readonly Column[], table: CopyableTable, onCopied: (rows: number) => void = ignore) =>
    session.copy?.('copied', columns, table, onCopied);
  return { source, snapshot, session, offered, copy, work: engine.dialect.workTable };
}

const threeItems = [
  'create table items (id bigint not null primary key, v varchar(9), at datetime)',
  `insert into items values (1, 'a', '2024-01-01'), (2, 'b', null), (3, 'c', '2024-01-03')`,
];

test('every edge of every type is copied as it would have been read', async () => {
  const list = Object.entries(edges);
  const longest = Math.max(...list.map(([, { values }]) => values.length));
  const rows = Array.from({ length: longest + 1 }, (_, n) =>
    [n, ...list.map(([, { values }]) => values[n] ?? 'null')].join(', '),
  );
  const { snapshot, session, offered, copy, work } = await open([
    `create table edges (n int not null primary key, ${list.map(([name, { type }]) => `c_${name} ${type}`).join(', ')})`,
    ...rows.map((row) => `insert into edges values (${row})`),
  ]);
  const read = readOf({ table: 'edges', key: ['n'] });
  const { columns, table } = await offered(read);
  expect(await copy(columns, needed(table))).toMatchObject({ rows: rows.length, keyed: { table: 'etl_work_copied' } });
  await session.load('read', columns, snapshot.read(read, columns, pages), ['n']);
  const all = (name: string) => session.query(`select * from ${work(name)} order by n`);
  expect(await all('copied')).toEqual(await all('read'));
  for (const { name } of columns) {
    const differing = `select count(*) as n from ${work('copied')} c join ${work('read')} r using (n) where not (c.${name} <=> r.${name})`;
    expect.soft(await session.query(differing), name).toEqual([{ n: 0 }]);
  }
});

test('rows come a page at a time, behind the last key, each once', async () => {
  const { session, offered, copy, work } = await open([
    'create table pairs (a int not null, b int not null, v int, primary key (a, b))',
    ...Array.from(
      { length: 5 },
      (_, a) => `insert into pairs values ${[0, 1, 2, 3].map((b) => `(${a}, ${b}, ${a * b})`)}`,
    ),
  ]);
  const { columns, table } = await offered(readOf({ table: 'pairs', key: ['a', 'b'] }));
  const told: number[] = [];
  const threeAPage = { ...needed(table), rowBytes: 20 * 1024 * 1024 };
  const copied = await copy(columns, threeAPage, (rows) => told.push(rows));
  expect(copied).toMatchObject({ rows: 20, keyed: { rows: 20 } });
  expect(told).toEqual([3, 6, 9, 12, 15, 18, 20]);
  expect(await session.query(`select count(*) as n, sum(v) as v from ${work('copied')}`)).toEqual([{ n: 20, v: '60' }]);
});

test('a copy waits for no writer, and takes what is committed', async () => {
  const { source, session, offered, copy, work } = await open(threeItems);
  const { columns, table } = await offered(items);
  const writer = await source.foreign();
  await writer.query('begin');
  await writer.query(`update items set v = 'z' where id = 2`);
  await writer.query(`insert into items values (4, 'd', null)`);
  expect(await copy(columns, needed(table))).toMatchObject({ rows: 3 });
  await writer.query('rollback');
  expect(await session.query(`select v from ${work('copied')} where id = 2`)).toEqual([{ v: 'b' }]);
});

test('a zero date is left to be read and counted, and the session is as it was', async () => {
  const { source, session, offered, copy } = await open(threeItems);
  const { columns, table } = await offered(items);
  const writer = await source.foreign();
  await writer.query(`set sql_mode = ''`);
  const mode = await session.query('select @@sql_mode as mode');
  for (const zero of ['0000-00-00', '2024-00-05', '2024-05-00']) {
    await writer.query('replace into items values (4, null, ?)', [zero]);
    expect(await copy(columns, needed(table)), zero).toBeUndefined();
  }
  expect(await session.query('select @@sql_mode as mode')).toEqual(mode);
});

test('another server and a table that may not be read are no way to copy', async () => {
  const { offered, copy } = await open(threeItems);
  const { columns, table } = await offered(items);
  const given = needed(table);
  expect(await copy(columns, { ...given, lock: { ...given.lock, connectionId: '0' } })).toBeUndefined();
  expect(
    await copy(columns, { ...given, select: () => given.select(undefined, 9).replace('"items"', '"nothing"') }),
  ).toBeUndefined();
  expect(await copy(columns, given)).toMatchObject({ rows: 3 });
});

test('an expression, a view, another storage engine and a key that is no integer or not the whole are read', async () => {
  const { offered } = await open([
    ...threeItems,
    'create view some_items as select * from items',
    'create table old_items (id bigint not null primary key) engine=MyISAM',
    'create table codes (code varchar(9) not null primary key)',
    'create table pairs (a int not null, b int not null, primary key (a, b))',
  ]);
  const add = { loud: 'upper(v)' };
  const reads = [
    { ...items, columns: { ...items.columns, add } },
    readOf({ query: 'select * from items', key: ['id'] }),
    readOf({ table: 'some_items', key: ['id'] }),
    readOf({ table: 'old_items', key: ['id'] }),
    readOf({ table: 'codes', key: ['code'] }),
    readOf({ table: 'pairs', key: ['a'] }),
  ];
  for (const read of reads) expect((await offered(read)).table).toBeUndefined();
});

function needed(table: CopyableTable | undefined): CopyableTable {
  if (table === undefined) throw new Error('the table is not offered');
  return table;
}
