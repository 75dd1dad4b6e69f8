import { expect, test } from 'vitest';
import { epochMsOf, timestampOf, timestampText } from '../../src/journal/time.js';

test.each([
  ['2024-03-01T10:00:00.123Z', '2024-03-01 10:00:00.123000'],
  ['2024-03-01 10:00:00', '2024-03-01 10:00:00.000000'],
  ['2024-03-01 10:00:00.5', '2024-03-01 10:00:00.500000'],
  ['2024-03-01 10:00:00.123456', '2024-03-01 10:00:00.123456'],
])('%s is written with all six decimals, so that text order is time order', (value, text) => {
  expect(timestampText(value)).toBe(text);
});

test('a moment is the same there and back, whatever the zone of the process', () => {
  const epochMs = Date.parse('2024-03-01T10:00:00.123Z');
  expect(epochMsOf(timestampOf(epochMs))).toBe(epochMs);
  expect(epochMsOf('2024-03-01 10:00:00')).toBe(Date.parse('2024-03-01T10:00:00Z'));
});
