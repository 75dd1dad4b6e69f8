import { expect, test } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatRate } from '../../src/report/format.js';

test('counts have thousands separators', () => {
  expect([0, 999, 1000, -1234, 1234567, 99999.5].map(formatCount)).toEqual([
    '0',
    '999',
    '1,000',
    '-1,234',
    '1,234,567',
    '100,000',
  ]);
});

test.each([
  [0.4, '0 ms'],
  [99, '99 ms'],
  [1234, '1.2 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 min'],
  [200_000, '3 min 20 s'],
  [3_599_600, '1 h'],
  [18_720_000, '5 h 12 min'],
  [86_399_000, '1 d'],
  [273_600_000, '3 d 4 h'],
])('a duration of %d ms reads %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

test.each([
  [100, 1000, '100 rows/s'],
  [999_600, 1_000_000, '1.0k rows/s'],
  [120_400, 1000, '120k rows/s'],
  [999_700, 1000, '1.0M rows/s'],
  [0, 1000, undefined],
  [10, 0, undefined],
])('%d rows in %d ms are %s', (rows, durationMs, text) => {
  expect(formatRate(rows, durationMs)).toBe(text);
});

test.each([
  [999, '999 B'],
  [1000, '1.0 kB'],
  [9_960, '10 kB'],
  [999_600, '1.0 MB'],
  [3_400_000_000, '3.4 GB'],
])('%d bytes read %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
