/** Rows summed up by ranges of their key give the same numbers in the source and in every warehouse. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { SourceDatabase, SourceRead } from '../../src/engines/contract.js';
import type { KeyRanges, RangeScale, RangeSummary, SummaryRequest } from '../../src/engines/ranges.js';
import { loadEngine } from '../../src/engines/registry.js';
import { unpackRows } from '../../src/engines/rows.js';
import type { Cell } from '../../src/engines/types.js';
import { asStored, boundsOfStaging, summarizeStaging } from '../../src/load/staging-ranges.js';
import { runSql } from '../engines/duckdb/lab.js';
import { readOf } from '../engines/mysql/source-lab.js';
import { narrowHashOf } from '../engines/range-model.js';
import { freshDatabase, type TestDatabase } from '../servers/database.js';
import { createFilled, inSession, settings, type Target, targets } from './targets.js';

const { signal } = new AbortController();
/** Each number of a leading column is a range of its own. */
const finest: RangeScale = { place: 'leading', origin: 0n, shift: 0 };
const hashed: RangeScale = { place: 'hash', origin: 0n, shift: 40 };
const whole: RangeScale = { place: 'hash', origin: 0n, shift: 64 };
const asRequest = (key: readonly string[], content: 'key' | 'row', scale: RangeScale): SummaryRequest => ({
  key,
  content,
  scale,
  within: undefined,
  conditions: [],
});

/** What the source says, and what the warehouse says of the rows that were read from it. */
async function bothSides(
  target: Target,
  database: SourceDatabase,
  read: SourceRead,
  requests: readonly SummaryRequest[],
) {
  const columns = await database.describe(read);
  const snapshot = await database.snapshot();
  try {
    const rows: (readonly Cell[])[] = [];
    const options = { batchRows: 1000, batchBytes: 1_000_000, from: undefined, signal };
    for await (const batch of snapshot.read(read, columns, options)) rows.push(...unpackRows(columns, batch));
    const source: (readonly RangeSummary[])[] = [];
    for (const request of requests) source.push(await snapshot.summarize(read, columns, request, signal));
    const staging = await inSession(target, async (session) => {
      const { dialect } = target.engine;
      await session.execute(dialect.dropTable('compared'));
      await createFilled(target, session, 'compared', columns, read.key, rows);
      const stored = (await session.columns('compared'))?.columns ?? [];
      const found: (readonly RangeSummary[])[] = [];
      for (const { key, content, scale, within } of requests) {
        const staged = {
          table: dialect.identifier('compared'),
          columns: asStored(columns, stored),
          key,
          content,
          workTable: undefined,
          isFlagged: false,
          conditions: [],
          waitingConditions: [],
        };
        found.push(await summarizeStaging(session, dialect, staged, scale, within));
      }
      return found;
    });
    return { rows, source: source.map(sorted), staging: staging.map(sorted) };
  } finally {
    await snapshot.close();
  }
}

function sorted(summaries: readonly RangeSummary[]) {
  return [...summaries]
    .sort((left, right) => (left.number < right.number ? -1 : 1))
    .map(({ number, rows, checksum, opaqueRows }) => `${number}: ${rows} ${checksum.toString(16)} ${opaqueRows}`);
}

const everyType = `create table everything (
  id bigint unsigned primary key, i8 tinyint, i16 smallint unsigned, i24 mediumint zerofill, i32 int, i64 bigint, u64 bigint unsigned,
  bits bit(64), flag tinyint(1), y year, d1 decimal(12,4), d2 decimal(38,10), d3 decimal(65,30), d4 decimal(9,0), z decimal(8,2) zerofill,
  f float, g double, day date, at datetime, at6 datetime(6), stamp timestamp(3) null, t time(6), t0 time,
  c char(10), v varchar(40) character set latin1, long_text longtext, tiny tinytext, e enum('a', 'B', 'ü'), s set('x', 'y'),
  j json, b varbinary(20), b16 binary(16), bl blob, p point)`;
const columnsOfEvery = 34;
const everyRow = [
  `(1, -128, 65535, 5, -2147483648, -9223372036854775808, 18446744073709551615, b'1', 2, 0, -0.0001, 1234567890123456789012345678.0123456789,
    12345678901234567890123456789012345.000000000000000000000000000001, -999999999, 7.5, 1.5, 0.1, '1000-01-01', '9999-12-31 23:59:59',
    '1970-01-01 00:00:00.000001', '2024-02-29 12:00:00.5', '-838:59:59', '838:59:59', 'a  ', 'é', repeat('😀', 300), '', 'ü', 'x,y',
    '{"b": 1, "a": [1.10]}', x'00ff09', x'000102030405060708090a0b0c0d0e0f', x'0027', st_geomfromtext('point(1 2)'))`,
  `(2${', null'.repeat(columnsOfEvery - 1)})`,
  `(3, 127, 0, 0, 0, 0, 0, 0, -1, 2155, 0, 0, 0, 0, 0, 0, 0, '0000-00-00', '2024-00-10', '0001-01-01', '1970-01-01 00:00:01', '00:00:00',
    '-00:00:01', '', 'N', 'N', '1:N', '', '', 'null', '', x'00', '', null)`,
  `(4, 1, 1, 1, 1, 1, 1, 1, 1, 1901, 100, 100, 100, 100, 100, 16777216, 123456789.123456789, '2024-01-31', '2024-01-31', '2024-01-31 10:00:00.1',
    '2024-01-31 10:00:00', '25:00:00.000010', '10:00:00', '\\\\N', 'NULL', 'null', ' a ', 'B', 'y', '[]', 'N', x'ff', 'N', st_geomfromtext('point(1 2)', 4326))`,
  `(9223372036854775809, 0, 0, 0, 0, 0, 0, 0, 0, 2000, -1.5, -1.5, -1.5, -1, 1.5, -1.1, -1e-4, null, null, null, null, null, null, 'ab', 'c', 'de', 'f', null, null,
    '"x"', x'2c', null, x'2c4e', null)`,
];

describe.each(targets)('into %s', (_, open) => {
  let target: Target;
  let server: TestDatabase;
  let database: SourceDatabase;
  beforeAll(async () => {
    target = await open();
    server = await freshDatabase('ranges');
    const engine = await loadEngine('mysql');
    database = await engine.openSource({ name: 'oltp', type: 'mysql', options: server.options, root: '.' }, settings);
  });
  afterAll(async () => {
    await database?.close();
    await target?.remove();
    await server?.drop();
  });

  test('rows of every type, with values at the edges of each', async () => {
    await server.query(everyType);
    await server.query(`set session sql_mode = ''`);
    for (const row of everyRow) await server.query(`insert into everything values ${row}`);
    const read = readOf({ table: 'everything', key: ['id'] });
    const requests = [asRequest(['id'], 'row', finest), asRequest(['id'], 'key', finest)];
    const { rows, source, staging } = await bothSides(target, database, read, requests);
    expect(rows).toHaveLength(everyRow.length);
    expect(source[0]).toHaveLength(everyRow.length);
    expect(staging).toEqual(source);
    expect(new Set(source[0]?.map((line) => line.split(' ')[2])).size).toBe(everyRow.length);
  });

  // Each column alone tells which one it is that differs.
  test('a row that differs in one column has another checksum, whichever column it is', async () => {
    const read = readOf({ table: 'everything', key: ['id'] });
    const columns = await database.describe(read);
    const snapshot = await database.snapshot();
    onTestFinished(() => snapshot.close());
    for (const { name } of columns.filter(({ name: column }) => column !== 'id')) {
      const one = readOf({ table: 'everything', key: ['id'], columns: { ...read.columns, include: ['id', name] } });
      const { source, staging } = await bothSides(target, database, one, [asRequest(['id'], 'row', finest)]);
      expect(staging, name).toEqual(source);
      const sums = new Set(source[0]?.map((line) => line.split(' ')[2]));
      expect(sums.size, name).toBeGreaterThan(1);
    }
  });

  test('doubles by their exact value; those that have no short exact text are counted', async () => {
    await server.query('create table doubles (id int primary key, g double)');
    const values = [
      '0.1',
      '-0.1',
      '0.30000000000000004',
      '0.3',
      '1e-5',
      '123456789012345680',
      '-1e18',
      '5e-324',
      '1e300',
      '1e-30',
      '4611686018427387904',
      'null',
      '-0e0',
    ];
    await server.query(`insert into doubles values ${values.map((value, at) => `(${at}, ${value})`).join(', ')}`);
    const read = readOf({ table: 'doubles', key: ['id'] });
    const { source, staging } = await bothSides(target, database, read, [asRequest(['id'], 'row', finest)]);
    expect(staging).toEqual(source);
    const opaque = source[0]?.filter((line) => line.endsWith(' 1')).map((line) => values[Number(line.split(':')[0])]);
    expect(opaque).toEqual(['5e-324', '1e300', '1e-30', '4611686018427387904']);
  });

  test('keys of every kind: signed, unsigned beyond 2^63, several columns, text, binary, ENUM', async () => {
    await server.query(
      `create table keys_of (n bigint, u bigint unsigned, name varchar(30) collate utf8mb4_general_ci, b binary(16), e enum('x', 'Y'))`,
    );
    await server.query(`insert into keys_of values (-9, 18446744073709551615, 'a', x'00ff', 'x'), (0, 0, 'á', x'20', 'Y'),
      (9223372036854775807, 9223372036854775808, 'ab', x'ff', 'x'), (-9223372036854775808, 1, 'a b', x'27', 'Y')`);
    for (const key of [['n'], ['u'], ['n', 'u'], ['name'], ['b'], ['e', 'name'], ['u', 'name'], ['name', 'b', 'e']]) {
      const read = readOf({ table: 'keys_of', key });
      const scales = [hashed, whole];
      const requests = scales.flatMap((scale) => [asRequest(key, 'key', scale), asRequest(key, 'row', scale)]);
      const { source, staging } = await bothSides(target, database, read, requests);
      expect(
        source.map((lines) => lines.length),
        String(key),
      ).toEqual([4, 4, 1, 1]);
      expect(staging, String(key)).toEqual(source);
    }
    const leading = { place: 'leading', origin: -9n, shift: 1 } as const;
    const small = readOf({ query: 'select n, u, name from keys_of where n between -9 and 0', key: ['n', 'name'] });
    const { source, staging } = await bothSides(target, database, small, [asRequest(['n', 'name'], 'key', leading)]);
    expect(source[0]?.map((line) => line.split(':')[0])).toEqual(['0', '4']);
    expect(staging).toEqual(source);
  });

  test('texts of several charsets and collations side by side, as keys and in rows, and numbers that print with zeros', async () => {
    await server.query(`create table charsets (z int zerofill, a varchar(20) collate utf8mb4_general_ci not null, b varchar(20) collate utf8mb4_bin,
      c varchar(20) character set latin1, d char(20) character set utf8mb3, e varchar(400) character set ucs2, f text collate utf8mb4_unicode_ci, y year, primary key (z, a))`);
    await server.query(`insert into charsets values (7, 'ä', 'ß', 'é', 'ü', 'ñ', repeat('😀', 251), 0), (8, '', null, '', null, '', null, 2000),
      (9, 'a ', 'B ', 'c', 'd', repeat('ö', 400), repeat('ö', 500), 1999)`);
    for (const key of [['z', 'a'], ['a'], ['a', 'e'], ['e'], ['c', 'z']]) {
      const read = readOf({ table: 'charsets', key });
      const requests = [asRequest(key, 'key', hashed), asRequest(key, 'row', hashed)];
      const { source, staging } = await bothSides(target, database, read, requests);
      expect(source[0]?.length, String(key)).toBe(3);
      expect(staging, String(key)).toEqual(source);
    }
  });

  test('a range asked for alone has the sums that it has among others', async () => {
    const read = readOf({ query: 'select n, name from keys_of where n between -9 and 0', key: ['n'] });
    const scale = { place: 'leading', origin: -9n, shift: 2 } as const;
    const numbers = [0n, 1n, 2n];
    const alone = numbers.map((number) => ({
      ...asRequest(['n'], 'row', scale),
      within: { scale, numbers: [number] },
    }));
    const { source, staging } = await bothSides(target, database, read, [asRequest(['n'], 'row', scale), ...alone]);
    expect(source.slice(1).flat()).toEqual([source[0]?.[0], '1: 0 0 0', source[0]?.[1]]);
    expect(staging).toEqual(source);
  });

  test('keys of 31 bits by the hash that is made for them, which takes others too', async () => {
    const keys = ['0', '1', '77', '2147483647', '2147483648', '-5', '9223372036854775807', '-9223372036854775808'];
    await server.query('create table narrow (n bigint primary key)');
    await server.query(`insert into narrow values ${keys.map((key) => `(${key})`).join(', ')}`);
    const numbers = Array.from({ length: 40 }, (_, at) => BigInt(at * 2));
    for (const within of [undefined, { scale: finest, numbers: [0n, 1n, 77n] }, { scale: finest, numbers }]) {
      const read = readOf({
        query: within && 'select n from narrow where n between 0 and 77',
        table: within ? undefined : 'narrow',
        key: ['n'],
      });
      const scale: RangeScale = within ? { ...finest, isNarrow: true } : { ...whole, isNarrow: true };
      const { source, staging } = await bothSides(target, database, read, [
        { ...asRequest(['n'], 'key', scale), within },
      ]);
      expect(staging[0]?.filter((line) => !line.includes(': 0 '))).toEqual(
        source[0]?.filter((line) => !line.includes(': 0 ')),
      );
    }
    const read = readOf({ table: 'narrow', key: ['n'] });
    const request = asRequest(['n'], 'key', { ...whole, isNarrow: true });
    const { source } = await bothSides(target, database, read, [request]);
    const sum = keys.reduce((xor, key) => xor ^ narrowHashOf(BigInt(key)), 0n);
    expect(source).toEqual([[`0: ${keys.length} ${sum.toString(16)} 0`]]);
  });

  test("('a', 'bc') and ('ab', 'c'), NULL and 'N', '' and NULL have different checksums", async () => {
    await server.query('create table pairs (id int primary key, a varchar(400), b varchar(30))');
    await server.query(
      `insert into pairs values (1, 'a', 'bc'), (2, 'ab', 'c'), (3, null, 'N'), (4, 'N', null), (5, '', null), (6, null, ''), (7, 'a,b', null), (8, null, 'a,b'), (9, 'a,b,3', null), (10, 'a,b', ''), (11, '', 'a,b'), (12, repeat('a', 300), 'b'), (13, 'a', 'b,1')`,
    );
    const pairs = readOf({ table: 'pairs', key: ['id'] });
    const { source, staging } = await bothSides(target, database, pairs, [asRequest(['id'], 'row', finest)]);
    expect(staging).toEqual(source);
    const same = readOf({ query: 'select 1 as id, a, b from pairs', key: ['id'] });
    const snapshot = await database.snapshot();
    onTestFinished(() => snapshot.close());
    const columns = await database.describe(same);
    const sums = new Set<bigint>();
    for (let id = 1; id <= 13; id++) {
      const one = readOf({ query: `select 1 as id, a, b from pairs where id = ${id}`, key: ['id'] });
      for (const { checksum } of await snapshot.summarize(one, columns, asRequest(['id'], 'row', finest), signal))
        sums.add(checksum);
    }
    expect(sums.size).toBe(13);
  });

  test('a read within ranges brings the rows of these, and the bounds are those of the key', async () => {
    const read = readOf({ table: 'everything', key: ['id'] });
    const columns = await database.describe(read);
    const snapshot = await database.snapshot();
    onTestFinished(() => snapshot.close());
    expect(await snapshot.bounds(read, columns, signal)).toEqual({ least: 1n, most: 9223372036854775809n });
    const ids = async (ranges: KeyRanges) => {
      const found: string[] = [];
      const options = {
        batchRows: 10,
        batchBytes: 1_000_000,
        from: undefined,
        signal,
        within: { key: ['id'], ranges },
      };
      for await (const batch of snapshot.read(read, columns, options)) {
        found.push(...unpackRows(columns, batch).map(([id]) => String(id)));
      }
      return found.sort();
    };
    expect(await ids({ scale: { place: 'leading', origin: 0n, shift: 1 }, numbers: [1n, 2n] })).toEqual([
      '2',
      '3',
      '4',
    ]);
    expect(await ids({ scale: { place: 'leading', origin: 0n, shift: 60 }, numbers: [8n] })).toEqual([
      '9223372036854775809',
    ]);
    expect(await ids({ scale: hashed, numbers: [] })).toEqual([]);
    const summaries = await snapshot.summarize(read, columns, asRequest(['id'], 'key', hashed), signal);
    const first = summaries[0]?.number ?? 0n;
    const one = await ids({ scale: hashed, numbers: [first] });
    expect(one.length).toBe(summaries[0]?.rows);
    await inSession(target, async (session) => {
      const staged = {
        table: 'compared',
        columns,
        key: ['id'],
        content: 'key',
        workTable: undefined,
        isFlagged: false,
        conditions: [],
        waitingConditions: [],
      } as const;
      await session.execute(target.engine.dialect.dropTable('compared'));
      await createFilled(target, session, 'compared', columns.slice(0, 1), ['id'], [['7'], ['18446744073709551615']]);
      expect(
        await boundsOfStaging(session, target.engine.dialect, { ...staged, columns: columns.slice(0, 1) }),
      ).toEqual({ least: 7n, most: 18446744073709551615n });
    });
  });

  test('rows of a DuckDB file too', async () => {
    const root = mkdtempSync(join(tmpdir(), 'chat-etl-ranges-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    const path = join(root, 'chat.duckdb');
    await runSql(
      path,
      `create table everything as select i::bigint - 2 as id, i % 2 = 0 as flag, i::utinyint as u8, (i * 1.25)::decimal(10,3) as d, i / 3 as g, 'x' || i as name,
        date '2024-01-01' + i::int as day, timestamp '2024-01-01' + to_seconds(i) + to_microseconds(i * 7) as at, time '10:00:00' + to_microseconds(i) as t, ('\\x0' || i)::blob as b,
        {'a': i}::json as j from range(5) r(i)`,
      'insert into everything (id) values (77)',
    );
    const engine = await loadEngine('duckdb');
    const file = await engine.openSource({ name: 'file', type: 'duckdb', options: { path }, root }, settings);
    onTestFinished(() => file.close());
    const read = readOf({ table: 'everything', key: ['id'] });
    const requests = [asRequest(['id'], 'row', { ...finest, origin: -2n }), asRequest(['id'], 'key', hashed)];
    const { source, staging } = await bothSides(target, file, read, requests);
    expect(source[0]?.length).toBe(6);
    expect(staging).toEqual(source);
  });
});
