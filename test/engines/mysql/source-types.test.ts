/** Every type of a source arrives exactly, with its edges. */
import { expect, test } from 'vitest';
import type { Cell, Column } from '../../../src/engines/types.js';
import { mysqlSource } from '../../extract/mysql-source.js';
import { readAll, readOf } from './source-lab.js';

const kinds = (columns: readonly Column[]): unknown =>
  Object.fromEntries(columns.map(({ name, type }) => [name, type]));

/** Type, values as SQL, the shared type, and the cells expected. */
const cases: readonly [string, readonly string[], Column['type'], readonly Cell[]][] = [
  ['tinyint', ['-128', '127'], { kind: 'integer', bits: 8, unsigned: false }, [-128, 127]],
  ['tinyint unsigned', ['0', '255'], { kind: 'integer', bits: 8, unsigned: true }, [0, 255]],
  ['tinyint(1)', ['2', '-1'], { kind: 'integer', bits: 8, unsigned: false }, [2, -1]],
  ['smallint unsigned', ['65535'], { kind: 'integer', bits: 16, unsigned: true }, [65535]],
  ['mediumint', ['-8388608'], { kind: 'integer', bits: 32, unsigned: false }, [-8388608]],
  ['int', ['-2147483648'], { kind: 'integer', bits: 32, unsigned: false }, [-2147483648]],
  ['int unsigned', ['4294967295'], { kind: 'integer', bits: 32, unsigned: true }, [4294967295]],
  [
    'bigint',
    ['-9223372036854775808', '9007199254740993'],
    { kind: 'integer', bits: 64, unsigned: false },
    ['-9223372036854775808', '9007199254740993'],
  ],
  [
    'bigint unsigned',
    ['18446744073709551615', '0'],
    { kind: 'integer', bits: 64, unsigned: true },
    ['18446744073709551615', '0'],
  ],
  ['bigint(20) unsigned zerofill', ['42'], { kind: 'integer', bits: 64, unsigned: true }, ['42']],
  [
    'decimal(65,30)',
    ['12345678901234567890123456789012345.123456789012345678901234567891'],
    { kind: 'decimal', precision: 65, scale: 30 },
    ['12345678901234567890123456789012345.123456789012345678901234567891'],
  ],
  ['decimal(5,0)', ['-99999'], { kind: 'decimal', precision: 5, scale: 0 }, ['-99999']],
  ['decimal(10,2) unsigned', ['99999999.99'], { kind: 'decimal', precision: 10, scale: 2 }, ['99999999.99']],
  [
    'float',
    ['16777216', '0.1', '-3.4028234663852886e38'],
    { kind: 'float' },
    [16777216, Math.fround(0.1), -3.4028234663852886e38],
  ],
  [
    'double',
    [
      '0.1',
      '9234567890123456.0',
      '9.234567890123456',
      '1.7976931348623157e308',
      '-5e-324',
      '1e15',
      '123456789012345680',
    ],
    { kind: 'double' },
    [0.1, 9234567890123456, 9.234567890123456, 1.7976931348623157e308, -5e-324, 1e15, 123456789012345680],
  ],
  ['bit(1)', ["b'1'", "b'0'"], { kind: 'integer', bits: 64, unsigned: true }, ['1', '0']],
  ['bit(64)', ['18446744073709551615'], { kind: 'integer', bits: 64, unsigned: true }, ['18446744073709551615']],
  ['date', ["'9999-12-31'", "'1000-01-01'"], { kind: 'date' }, ['9999-12-31', '1000-01-01']],
  ['datetime', ["'2024-02-29 23:59:59'"], { kind: 'timestamp' }, ['2024-02-29 23:59:59']],
  [
    'datetime(6)',
    ["'2024-02-29 23:59:59.999999'", "'2024-10-10 10:10:10'"],
    { kind: 'timestamp' },
    ['2024-02-29 23:59:59.999999', '2024-10-10 10:10:10.000000'],
  ],
  ['timestamp(6) null', ["'2038-01-19 03:14:07.999999'"], { kind: 'timestamp' }, ['2038-01-19 03:14:07.999999']],
  ['time(6)', ["'-838:59:59'", "'100:00:00.5'"], { kind: 'time' }, ['-838:59:59.000000', '100:00:00.500000']],
  ['year', ['1901', '2155', '0'], { kind: 'integer', bits: 16, unsigned: true }, [1901, 2155, 0]],
  ["enum('a b', 'it''s', 'ü,')", ["'it''s'", "'ü,'"], { kind: 'text', maxLength: 4 }, ["it's", 'ü,']],
  ["set('x','y z')", ["'x,y z'", "''"], { kind: 'text', maxLength: 5 }, ['x,y z', '']],
  [
    'varchar(20)',
    ["'👩‍👩‍👧‍👦 שלום'", "''", "'NULL'", "'\\\\N'", "'a\tb\nc\\0'"],
    { kind: 'text', maxLength: 20 },
    ['👩‍👩‍👧‍👦 שלום', '', 'NULL', '\\N', 'a\tb\nc\0'],
  ],
  ['varchar(10) character set latin1', ["'é'"], { kind: 'text', maxLength: 10 }, ['é']],
  ['text', ["'plain'"], { kind: 'text' }, ['plain']],
  ['varbinary(4)', ["x'00ff0041'"], { kind: 'binary', maxLength: 4 }, [Buffer.from('00ff0041', 'hex')]],
  [
    'binary(16)',
    ["x'00112233445566778899aabbccddeeff'"],
    { kind: 'binary', maxLength: 16 },
    [Buffer.from('00112233445566778899aabbccddeeff', 'hex')],
  ],
  ['longblob', ["x'00'"], { kind: 'binary' }, [Buffer.from([0])]],
  [
    'point',
    ["st_geomfromtext('POINT(1 2)')", "st_geomfromtext('POINT(1 2)', 3857)"],
    { kind: 'binary' },
    [
      Buffer.from('0101000000000000000000f03f0000000000000040', 'hex'),
      Buffer.from('0101000020110f0000000000000000f03f0000000000000040', 'hex'),
    ],
  ],
];

test.each(cases)('%s arrives exactly', async (type, values, expectedType, expected) => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await server.query(`create table edges (n int primary key, v ${type.endsWith('null') ? type : `${type} null`})`);
  for (const [n, value] of [...values, 'null'].entries())
    await server.query(`insert into edges values (${n}, ${value})`);
  const { columns, rows } = await readAll(database, readOf({ table: 'edges', key: ['n'] }));
  expect(columns[1]).toEqual({ name: 'v', type: expectedType, nullable: true });
  expect(rows.map((row) => row[1])).toEqual([...expected, null]);
});

test('JSON arrives as its text, untouched', async () => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await server.query('create table docs (id int primary key, doc json)');
  await server.query(`insert into docs values (1, '{"n": 12345678901234567890.5, "t": "é"}')`);
  const { columns, rows } = await readAll(database, readOf({ table: 'docs', key: ['id'] }));
  expect(columns[1]?.type).toEqual({ kind: 'json' });
  const [sent] = await server.query('select cast(doc as char) as doc from docs');
  expect(rows[0]?.[1]).toBe(sent?.doc);
});

test('random doubles and floats are the same bits', async () => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await server.query('create table numbers (id int primary key, d double, f float)');
  const numbers = Array.from({ length: 300 }, (_, at) => (Math.random() - 0.5) * 10 ** ((at % 40) - 20));
  await server.query(
    `insert into numbers values ${numbers.map((value, at) => `(${at}, ${value}, ${Math.fround(value)})`)}`,
  );
  const { rows } = await readAll(database, readOf({ table: 'numbers', key: ['id'] }));
  expect(rows.map((row) => row[1])).toEqual(numbers);
  expect(rows.map((row) => row[2])).toEqual(numbers.map(Math.fround));
});

test('zero dates arrive as null and are counted', async () => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await server.query(`set sql_mode = ''`);
  await server.query(
    'create table old (id int primary key, d date not null, t datetime(6) not null, s timestamp not null)',
  );
  await server.query(
    `insert into old values (1, '0000-00-00', '0000-00-00', '0000-00-00'), (2, '2020-00-10', '2020-01-00 10:00', '2020-01-01')`,
  );
  const { columns, rows, zeroDates } = await readAll(database, readOf({ table: 'old', key: ['id'] }));
  expect(columns.map(({ nullable }) => nullable)).toEqual([false, true, true, true]);
  expect(rows).toEqual([
    [1, null, null, null],
    [2, null, null, '2020-01-01 00:00:00'],
  ]);
  expect(zeroDates).toBe(5);
});

test('odd names, generated and invisible columns, renames and added expressions', async () => {
  await using source = await mysqlSource();
  const { server, database } = source;
  const name = `a "b" 👍 \`c\``.replaceAll('👍', 'é');
  const quoted = (text: string): string => `\`${text.replaceAll('`', '``')}\``;
  await server.query(
    `create table ${quoted(name)} (${quoted('select')} int primary key, ${quoted(name)} int, twice int as (${quoted('select')} * 2), hidden int invisible default 7)`,
  );
  await server.query(`insert into ${quoted(name)} (${quoted('select')}, ${quoted(name)}) values (1, 2)`);
  const columns = {
    include: undefined,
    exclude: [],
    rename: { select: 'id' },
    add: { note: `'it''s ' || twice -- why not`, slash: `'a\\b?'` },
  };
  const all = await readAll(database, readOf({ table: name, key: ['id'], columns }));
  expect(all.columns.map((column) => column.name)).toEqual(['id', name, 'twice', 'note', 'slash']);
  expect(all.rows).toEqual([[1, 2, 2, "it's 2", 'a\\b?']]);
  const hidden = await readAll(
    database,
    readOf({ table: name, columns: { ...columns, include: ['hidden'], rename: {}, add: {} } }),
  );
  expect(hidden.rows).toEqual([[7]]);
});

test('a name that the table does not have is an error that lists what it has', async () => {
  await using source = await mysqlSource();
  await source.server.query('create table t (id int primary key, body text)');
  const columns = { include: undefined, exclude: ['bdy'], rename: {}, add: {} };
  await expect(source.database.describe(readOf({ table: 't', columns }))).rejects.toMatchObject({
    code: 'DEFINITION',
    message: `table 't' has no column 'bdy' that this login may read`,
    hint: 'it has id, body',
  });
});

test('a query and a view are read like a table', async () => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await server.query('create table t (id int primary key, v decimal(10,2))');
  await server.query('insert into t values (1, 1.5), (2, 2.25)');
  await server.query('create view w as select id, v * 2 as v from t');
  const query = await readAll(
    database,
    readOf({ query: 'select id, sum(v) as total from t group by id -- by id\n;\n' }),
  );
  expect(kinds(query.columns)).toEqual({
    id: { kind: 'integer', bits: 32, unsigned: false },
    total: { kind: 'decimal', precision: 32, scale: 2 },
  });
  expect(query.rows).toEqual([
    [1, '1.50'],
    [2, '2.25'],
  ]);
  expect((await readAll(database, readOf({ table: 'w' }))).rows).toEqual([
    [1, '3.00'],
    [2, '4.50'],
  ]);
});
