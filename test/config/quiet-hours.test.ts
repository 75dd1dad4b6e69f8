import { expect, test } from 'vitest';
import { quietUntil } from '../../src/config/quiet-hours.js';

const night = { from: '22:00', to: '06:00', timezone: 'Europe/Berlin' };
const evening = { from: '18:30', to: '23:00', timezone: 'UTC' };

function until(hours: typeof night, now: string): string | undefined {
  const end = quietUntil(hours, Date.parse(now));
  return end === undefined ? undefined : new Date(end).toISOString().slice(0, 16);
}

test.each([
  ['2024-01-10T20:59:59Z', undefined],
  ['2024-01-10T21:00:00Z', '2024-01-11T05:00'],
  ['2024-01-11T04:59:59Z', '2024-01-11T05:00'],
  ['2024-01-11T05:00:00Z', undefined],
])('over midnight, in their zone: at %s until %s', (now, end) => {
  expect(until(night, now)).toBe(end);
});

test.each([
  ['2024-01-10T18:29:59Z', undefined],
  ['2024-01-10T18:30:00Z', '2024-01-10T23:00'],
  ['2024-01-10T23:00:00Z', undefined],
])('within a day: at %s until %s', (now, end) => {
  expect(until(evening, now)).toBe(end);
});

test('they follow the clock that is put forward and back', () => {
  expect(until(night, '2024-03-30T23:00:00Z')).toBe('2024-03-31T04:00');
  expect(until(night, '2024-10-26T23:00:00Z')).toBe('2024-10-27T05:00');
});

test('hours that begin in the hour a zone leaves out begin after it', () => {
  const hours = { from: '02:30', to: '05:00', timezone: 'Europe/Berlin' };
  expect(until(hours, '2024-03-31T00:59:00Z')).toBeUndefined();
  expect(until(hours, '2024-03-31T02:00:00Z')).toBe('2024-03-31T03:00');
});
