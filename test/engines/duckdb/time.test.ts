import { DuckDBInstance, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatDate,
  formatTimestamp,
  normalTime,
  parseDate,
  parseTimestamp,
} from '../../../src/engines/duckdb/time.js';

const first = -62_135_596_800_000_000n;
const last = 253_402_300_799_999_999n;
const edges = [first, last, 0n, -1n, 1n, 9_007_199_000_000_000n, 9_007_199_254_740_993n, -9_007_199_254_740_993n];
const someTimes = [...edges, ...fc.sample(fc.bigInt({ min: first, max: last }), { numRuns: 20_000, seed: 7 })];

test('timestamps are the microseconds that DuckDB counts, in both directions', async () => {
  const texts = someTimes.map(formatTimestamp);
  expect(texts.map(parseTimestamp)).toEqual(someTimes);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const counted = await connection.runAndReadAll(
    'select epoch_us(cast(t as timestamp)) from unnest($1) with ordinality as texts(t, place) order by place',
    [listValue(texts)],
    [LIST(VARCHAR)],
  );
  expect(counted.getRows().map(([micros]) => micros)).toEqual(someTimes);
  connection.closeSync();
});

test('every day of the years 1 to 9999 is the same day in both directions', () => {
  for (let day = -719_162; day <= 2_932_896; day += 1) {
    if (parseDate(formatDate(day)) !== day) throw new Error(`day ${day} became ${formatDate(day)}`);
  }
  expect([formatDate(-719_162), formatDate(2_932_896)]).toEqual(['0001-01-01', '9999-12-31']);
});

test.each([
  '2023-02-29 00:00:00',
  '1900-02-29 00:00:00',
  '2024-04-31 00:00:00',
  '2024-13-01 00:00:00',
  '2024-00-10 00:00:00',
  '2024-01-00 00:00:00',
  '0000-00-00 00:00:00',
  '2024-01-01 24:00:00',
  '2024-01-01 00:60:00',
  '2024-01-01 00:00:61',
  '2024-01-01 00:00:00.',
  '2024-01-01 00:00:00.1234567',
  '2024-01-01 00:00:00.12x',
  '2024-01-01 00:00:00+02',
  '2024-01-01',
  'infinity',
  '',
])('%j is no timestamp', (text) => expect(parseTimestamp(text)).toBeUndefined());

test.each(['2024-1-01', '2024/01/01', '24-01-01', '2024-01-01 ', '2100-02-29', ''])('%j is no date', (text) =>
  expect(parseDate(text)).toBeUndefined(),
);

test('equal times are equal texts', () => {
  expect(['10:00:00', '10:00:00.0', '-838:59:59.5'].map(normalTime)).toEqual([
    '10:00:00.000000',
    '10:00:00.000000',
    '-838:59:59.500000',
  ]);
  expect(['1:00:00', '10:60:00', '10:00', '10:00:00.1234567'].map(normalTime)).toEqual(Array(4).fill(undefined));
});
