import { expect, test } from 'vitest';
import type { CursorDefinition } from '../../src/engines/contract.js';
import { compareCursors, cursorAt, formatClock, parseClock, shiftClock, takeOff } from '../../src/extract/clock.js';

const cursor = (unit: CursorDefinition['unit'], timezone = 'UTC'): CursorDefinition => ({
  column: 'c',
  unit,
  timezone,
});

test('clocks keep their microseconds, before 1970 too', () => {
  for (const clock of ['2026-02-28 23:59:59.999999', '1969-12-31 23:59:59.000001', '0001-01-01 00:00:00.000000']) {
    expect(formatClock(parseClock(clock))).toBe(clock);
  }
  expect(shiftClock('2024-03-01 00:00:00.000001', -1000)).toBe('2024-02-29 23:59:59.000001');
  expect(parseClock('2026-01-01 00:00:00.5')).toBe(parseClock('2026-01-01 00:00:00.500000'));
});

test('a clock as each kind of cursor', () => {
  const clock = '2026-01-01 00:00:00.123456';
  expect(cursorAt(clock, cursor('timestamp'))).toBe(clock);
  expect(cursorAt(clock, cursor('s'))).toBe('1767225600');
  expect(cursorAt(clock, cursor('ms'))).toBe('1767225600123');
  expect(cursorAt(clock, cursor('us'))).toBe('1767225600123456');
  expect(cursorAt(clock, cursor('id'))).toBeUndefined();
});

test('a DATETIME is capped in its own zone, and no later than stamps after the clock is put back', () => {
  const berlin = cursor('timestamp', 'Europe/Berlin');
  expect(cursorAt('2026-07-01 10:00:00.000000', berlin)).toBe('2026-07-01 12:00:00.000000');
  expect(cursorAt('2026-01-01 10:00:00.000000', berlin)).toBe('2026-01-01 11:00:00.000000');
  // At 01:00 UTC it is 02:00 again: a row stamped then is below 02:30, which the wall shows at 00:30 UTC.
  expect(cursorAt('2026-10-25 00:30:00.000000', berlin)).toBe('2026-10-25 01:30:00.000000');
  expect(cursorAt('2026-01-01 10:00:00.000000', cursor('timestamp', 'Asia/Kolkata'))).toBe(
    '2026-01-01 15:30:00.000000',
  );
});

test('cursors are compared as numbers or as times', () => {
  expect(compareCursors('9', '10')).toBeLessThan(0);
  expect(compareCursors('18446744073709551615', '18446744073709551614')).toBeGreaterThan(0);
  expect(compareCursors('10.25', '10.5')).toBeLessThan(0);
  expect(compareCursors('2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000')).toBe(0);
});

test('what is taken off is never too little', () => {
  expect(takeOff('100', 1, cursor('s'))).toBe('99');
  expect(takeOff('100.9', 1500, cursor('s'))).toBe('98');
  expect(takeOff('1000', 0.5, cursor('ms'))).toBe('999');
  expect(takeOff('18446744073709551615', 10, cursor('id'))).toBe('18446744073709551605');
});
