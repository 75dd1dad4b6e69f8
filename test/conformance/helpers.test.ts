/** The template helpers give the same values on DuckDB and on the MySQL-compatible server, checked on edges. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { helpers as duckdbHelpers } from '../../src/engines/duckdb/helpers.js';
import { type HelperName, helperSignatures } from '../../src/engines/helpers.js';
import { helpers as mysqlHelpers } from '../../src/engines/mysql/helpers.js';
import { freshDatabase, type TestDatabase } from '../servers/database.js';

type Value = string | number | null;

interface Database {
  readonly write: (helper: HelperName, args: readonly string[], timezone?: string) => string;
  readonly query: (sql: string) => Promise<Value[][]>;
}

let duckdb: DuckDBConnection;
let server: TestDatabase;
let connection: mysql.Connection;
let databases: readonly Database[];

beforeAll(async () => {
  duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  server = await freshDatabase('helpers');
  const { host, port, user, password, database } = server;
  connection = await mysql.createConnection({
    ...{ host, port, user, password, database, charset: 'utf8mb4' },
    ...{ dateStrings: true, supportBigNumbers: true, jsonStrings: true },
  });
  await connection.query(`set time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,ANSI_QUOTES,\
PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`);
  const [[version]] = (await connection.query('select version() as v')) as unknown as [[{ v: string }]];
  const depth = version.v.includes('MariaDB') ? 'max_recursive_iterations' : 'cte_max_recursion_depth';
  await connection.query(`set ${depth} = 1000000`);
  databases = [
    {
      write: (helper, args, timezone = 'UTC') => duckdbHelpers[helper](args, { timezone }),
      query: async (sql) => (await duckdb.runAndReadAll(sql)).getRows().map((row) => row.map(normalize)),
    },
    {
      write: (helper, args, timezone = 'UTC') => mysqlHelpers[helper](args, { timezone }),
      query: async (sql) => {
        const [rows] = await connection.query({ sql, rowsAsArray: true });
        return Array.isArray(rows) ? (rows as unknown[][]).map((row) => row.map(normalize)) : [];
      },
    },
  ];
});

afterAll(async () => {
  await connection?.end();
  await server?.drop();
  duckdb?.closeSync();
});

function normalize(value: unknown): Value {
  if (value === null) return null;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return value;
  return String(value).replace(/(:\d\d)\.0+$/, '$1');
}

const time = (text: string): string => `cast('${text}' as datetime)`;
const exactTime = "cast('2024-01-31 23:59:59.999999' as datetime(6))";
const date = (text: string): string => `cast('${text}' as date)`;
const noDate = 'cast(null as date)';
/** A group of three rows as a relation `v(x)`. */
const group = (...values: string[]): string => `(${values.map((x) => `select ${x} as x`).join(' union all ')}) v`;

/** helper, arguments, value; the value is the same on all engines. */
const cases: readonly (readonly [HelperName, readonly string[], Value])[] = [
  ['local_time', [time('2024-02-29 23:30:15')], '2024-02-29 23:30:15'],
  ['date_of', [time('2024-02-29 23:59:59')], '2024-02-29'],
  ['date_of', ['cast(null as datetime)'], null],
  ['date_key', [time('2024-02-29 00:00:00')], 20240229],
  ['date_key', [time('1969-12-31 23:59:59')], 19691231],
  ['hour_of', [time('2024-02-29 00:59:59')], 0],
  ['hour_of', [time('2024-02-29 23:00:00')], 23],
  ['minute_of_day', [time('2024-02-29 23:59:59')], 1439],
  ['minute_of_day', [time('2024-02-29 00:00:59')], 0],
  ['key_of_date', [date('2024-12-01')], 20241201],
  ['key_of_date', [noDate], null],
  ['date_of_key', ['20240229'], '2024-02-29'],
  ['date_of_key', ['20240000 + 101'], '2024-01-01'],
  ['date_of_key', ['cast(null as signed)'], null],
  ['week_start', [date('2024-01-07')], '2024-01-01'],
  ['week_start', [date('2024-01-08')], '2024-01-08'],
  ['week_start', [date('2021-01-01')], '2020-12-28'],
  ['month_start', [date('2024-02-29')], '2024-02-01'],
  ['month_start', [time('2024-12-31 23:59:59')], '2024-12-01'],
  ['day_of_week', [date('2024-01-07')], 7],
  ['day_of_week', [date('2024-01-08')], 1],
  ['add_days', [date('2024-02-28'), '1 + 1'], '2024-03-01'],
  ['add_days', [date('2024-01-01'), '-1'], '2023-12-31'],
  ['add_months', [date('2024-01-31'), '1'], '2024-02-29'],
  ['add_months', [date('2024-03-31'), '-13'], '2023-02-28'],
  ['days_between', [date('2024-02-28'), date('2024-03-01')], 2],
  ['days_between', [date('2024-01-01'), date('2023-12-31')], -1],
  ['months_between', [date('2024-01-31'), date('2024-02-01')], 1],
  ['months_between', [date('2024-01-01'), date('2022-12-31')], -13],
  ['seconds_between', [time('2024-01-31 00:00:00'), exactTime], 86399.999999],
  ['seconds_between', [exactTime, time('2024-01-31 00:00:00')], -86399.999999],
  ['seconds_between', [time('1970-01-01 00:00:00'), exactTime], 1706745599.999999],
  ['date_literal', ['2024-02-29'], '2024-02-29'],
  ['ratio', ['7', '2'], 3.5],
  ['ratio', ['1', '3'], 1 / 3],
  ['ratio', ['1 + 1', '2 + 2'], 0.5],
  ['ratio', ['7', '0'], null],
  ['ratio', ['0', '0'], null],
  ['ratio', ['null', '2'], null],
  ['ratio', ['cast(9223372036854775807 as decimal(20, 0))', '2'], 2 ** 62],
  ['to_integer', ['2.5'], 2],
  ['to_integer', ['-2.5'], -2],
  ['to_integer', ['3.5e0'], 3],
  ['to_integer', ['9223372036854775807'], '9223372036854775807'],
  ['to_integer', ['cast(12345678901234567.89 as decimal(20, 2))'], '12345678901234567'],
  ['to_integer', ['null'], null],
  ['to_double', ['cast(0.1 as decimal(10, 4))'], 0.1],
  ['to_double', ["'1.5e-3'"], 0.0015],
  ['to_text', ['1 + 1'], '2'],
  ['to_text', ['cast(0.10 as decimal(10, 2))'], '0.10'],
  ['to_text', [date('2024-02-29')], '2024-02-29'],
  ['to_text', ["'Я 😀'"], 'Я 😀'],
  ['bool', ['1 = 1'], 1],
  ['bool', ['1 = 2 or 2 = 3'], 0],
  ['bool', ['null = 1'], null],
  ['bool', ['-1'], 1],
  ['matches', ["'Abc'", "'^a'"], 0],
  ['matches', ["'Abc'", "'(?i)^a'"], 1],
  ['matches', ["'order 66!'", "'[0-9]{2}'"], 1],
  ['matches', ["'a.b'", String.raw`'^a\.b$'`], 1],
  ['matches', ["'axb'", String.raw`'^a\.b$'`], 0],
  ['matches', ["'привет'", "'^прив'"], 1],
  ['matches', ["''", "'^$'"], 1],
  ['matches', ['cast(null as char)', "'a'"], null],
  ['json_text', [`'{"a": {"b": "x"}}'`, "'$.a.b'"], 'x'],
  ['json_text', [String.raw`'{"a": "\u00e9\n\"😀"}'`, "'$.a'"], 'é\n"😀'],
  ['json_text', [`'{"a": [5, true]}'`, "'$.a[0]'"], '5'],
  ['json_text', [`'{"a": [5, true]}'`, "'$.a[1]'"], 'true'],
  ['json_text', [`'{"a": null}'`, "'$.a'"], null],
  ['json_text', [`'{"a": "null"}'`, "'$.a'"], 'null'],
  ['json_text', [`'{"a": {}}'`, "'$.a'"], null],
  ['json_text', [`'{"a": []}'`, "'$.a'"], null],
  ['json_text', [`'{"a": 1}'`, "'$.b'"], null],
  ['json_text', ["'{not json'", "'$.a'"], null],
  ['json_text', ['cast(null as char)', "'$.a'"], null],
];

describe('a value', () => {
  test.each(cases)('%s(%j) is %j on every engine', async (helper, args, expected) => {
    for (const { write, query } of databases) {
      expect(await query(`select ${write(helper, args)}`)).toEqual([[close(expected)]]);
    }
  });

  function close(expected: Value): unknown {
    if (typeof expected !== 'number' || Number.isInteger(expected)) return expected;
    return expect.toSatisfy((got) => Math.abs(Number(got) - expected) <= Math.abs(expected) * 1e-12);
  }
});

test('date helpers agree on the edges of weeks, months and years of two centuries', async () => {
  const days = ['1970-01-01', '1999-12-31', '2000-02-29', '2015-12-27', '2016-01-03', '2020-12-31', '2023-02-28']
    .concat(['2024-02-29', '2024-12-29', '2024-12-30', '2025-01-05', '2026-03-29', '2038-01-19', '2100-03-01'])
    .map(date);
  const pairs = days.flatMap((from) => days.map((to) => [from, to] as const));
  const results = [];
  for (const { write, query } of databases) {
    const alone = (['key_of_date', 'week_start', 'month_start', 'day_of_week'] as const).flatMap((helper) =>
      days.map((day) => write(helper, [day])),
    );
    const moved = days.flatMap((day) =>
      ['-400', '-31', '0', '1', '27', '365'].flatMap((n) => [
        write('add_days', [day, n]),
        write('add_months', [day, n]),
      ]),
    );
    const between = pairs.flatMap((pair) => [write('days_between', pair), write('months_between', pair)]);
    results.push(await query(`select ${[...alone, ...moved, ...between].join(', ')}`));
  }
  expect(results[0]).toEqual(results[1]);
});

test('averages and counts of a group are the same, empty groups included', async () => {
  const decimals = group(
    'cast(1.10 as decimal(10, 2))',
    'cast(2.20 as decimal(10, 2))',
    'cast(3.31 as decimal(10, 2))',
  );
  for (const { write, query } of databases) {
    const [[average]] = (await query(`select ${write('average', ['x'])} from ${decimals}`)) as [[number]];
    expect(Math.abs(average - 6.61 / 3)).toBeLessThan(1e-12);
    expect(await query(`select ${write('average', ['x'])} from ${group('1', '2', 'null')}`)).toEqual([[1.5]]);
    const counts = `${write('count_if', ['x > 1 or x < -5'])}, ${write('count_if', ['x is null'])}`;
    expect(await query(`select ${counts} from ${group('1', '2', '-9', 'null')}`)).toEqual([[2, 1]]);
    const nothing = `select ${write('average', ['x'])}, ${counts} from ${group('1')} where x = 2`;
    expect(await query(nothing)).toEqual([[null, 0, 0]]);
  }
});

test('a division by 0 can be stored: it is no error of a strict session', async () => {
  for (const { write, query } of databases) {
    await query(`create table divided as select ${write('ratio', ['v.x', 'v.x - v.x'])} as r from ${group('7')}`);
    expect(await query('select r from divided')).toEqual([[null]]);
  }
});

test('NULL is last in either direction', async () => {
  for (const { write, query } of databases) {
    const sorted = async (term: string) =>
      (await query(`select x from ${group('2', 'null', '1')} order by ${term}`)).flat();
    expect(await sorted(write('ascending', ['x']))).toEqual([1, 2, null]);
    expect(await sorted(write('descending', ['x']))).toEqual([2, 1, null]);
  }
});

test('series hold both ends, and nothing where the first is after the last', async () => {
  for (const { write, query } of databases) {
    const days = (from: string, to: string) =>
      query(`select min(s.day), max(s.day), count(*) from ${write('date_series', [from, to])} s`);
    expect(await days(date('2024-02-28'), date('2024-03-01'))).toEqual([['2024-02-28', '2024-03-01', 3]]);
    expect(await days(date('2000-01-01'), date('2029-12-31'))).toEqual([['2000-01-01', '2029-12-31', 10_958]]);
    expect(await days(date('2024-01-02'), date('2024-01-01'))).toEqual([[null, null, 0]]);
    expect(await days(noDate, date('2024-01-01'))).toEqual([[null, null, 0]]);
    expect(await days('(select max(x) from (select current_date as x) t where x is null)', noDate)).toEqual([
      [null, null, 0],
    ]);
    const numbers = (from: string, to: string) =>
      query(`select min(s.n), max(s.n), count(*) from ${write('number_series', [from, to])} s`);
    expect(await numbers('-1', '1 + 1')).toEqual([[-1, 2, 4]]);
    expect(await numbers('0', '5000')).toEqual([[0, 5000, 5001]]);
    expect(await numbers('1', '0')).toEqual([[null, null, 0]]);
  }
});

describe('a zone other than UTC', () => {
  const day = time('2024-02-29 18:30:00');
  const expected: readonly (readonly [HelperName, Value])[] = [
    ['local_time', '2024-03-01 00:00:00'],
    ['date_of', '2024-03-01'],
    ['date_key', 20240301],
    ['hour_of', 0],
    ['minute_of_day', 0],
  ];

  // The server may have no zone tables, so it gets the same zone as an offset.
  test.each(expected)('moves %s into it', async (helper, value) => {
    for (const [{ write, query }, zone] of databases.map((it, i) => [it, ['Asia/Kolkata', '+05:30'][i]] as const)) {
      expect(await query(`select ${write(helper, [day], zone)}`)).toEqual([[value]]);
    }
  });

  test('follows summer time', async () => {
    const [{ write, query }] = databases as [Database];
    const local = (utc: string) => query(`select ${write('local_time', [time(utc)], 'Europe/Berlin')}`);
    expect(await local('2024-03-31 00:59:59')).toEqual([['2024-03-31 01:59:59']]);
    expect(await local('2024-03-31 01:00:00')).toEqual([['2024-03-31 03:00:00']]);
    expect(await local('2024-10-27 01:00:00')).toEqual([['2024-10-27 02:00:00']]);
  });

  test('is named to the server as it is in the config; UTC converts nothing', () => {
    expect(mysqlHelpers.local_time(['m.at'], { timezone: 'Europe/Berlin' })).toBe(
      "convert_tz(m.at, '+00:00', 'Europe/Berlin')",
    );
    for (const helpers of [duckdbHelpers, mysqlHelpers]) {
      expect(helpers.local_time(['m.at'], { timezone: 'UTC' })).toBe('m.at');
    }
  });
});

test('a date literal that is no day is an error', () => {
  for (const text of ['2024-02-30', '2024-1-1', 'today', "2024-01-01'"]) {
    expect(() => duckdbHelpers.date_literal([text], { timezone: 'UTC' })).toThrow('is not a day');
    expect(() => mysqlHelpers.date_literal([text], { timezone: 'UTC' })).toThrow('is not a day');
  }
});

test('every helper is checked here', () => {
  const elsewhere = ['average', 'count_if', 'ascending', 'descending', 'date_series', 'number_series'];
  const checked = new Set([...cases.map(([helper]) => helper), ...elsewhere]);
  expect(Object.keys(helperSignatures).filter((helper) => !checked.has(helper))).toEqual([]);
});
