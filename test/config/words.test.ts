import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBytes } from '../../src/config/byte-size.js';
import { cronMistake } from '../../src/config/cron.js';
import { formatDuration, parseDurationMs } from '../../src/config/duration.js';
import { nearestHint } from '../../src/config/nearest.js';
import { isTimezone, timezoneHint } from '../../src/config/timezone.js';

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1.5h', 5_400_000],
  ['7 d', 604_800_000],
  ['30', undefined],
  ['5 minutes', undefined],
  ['-1h', undefined],
  ['', undefined],
])('the duration %j is %j ms', (text, expected) => {
  expect(parseDurationMs(text)).toBe(expected);
});

test('a duration reads back what it was written as', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (durationMs) => {
      expect(parseDurationMs(formatDuration(durationMs))).toBe(durationMs);
    }),
  );
});

test.each([
  ['16MB', 16_777_216],
  ['512 kb', 524_288],
  ['1.5GB', 1_610_612_736],
  ['16', undefined],
  ['16 megabytes', undefined],
])('the size %j is %j bytes', (text, expected) => {
  expect(parseBytes(text)).toBe(expected);
});

test('a time zone is an IANA name, no offset', () => {
  expect(['UTC', 'Europe/Berlin', '+02:00', 'Mars/Olympus', ''].map(isTimezone)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(timezoneHint('Europe/Berln')).toBe("did you mean 'Europe/Berlin'?");
});

test('a cron expression that is none, or never comes due, is told', () => {
  expect(cronMistake('15 * * * *')).toBeUndefined();
  expect(cronMistake('61 * * * *')).toMatch(/61/);
  expect(cronMistake('every hour')).toBeDefined();
  expect(cronMistake('0 0 30 2 *')).toBe('it never comes due');
});

test('a hint names the nearest, else the few there are, else nothing', () => {
  expect(nearestHint('stratgy', ['sql', 'strategy'])).toBe("did you mean 'strategy'?");
  expect(nearestHint('xyz', ['sql', 'strategy'])).toBe('one of: sql, strategy');
  expect(nearestHint('xyz', [])).toBeUndefined();
});
