import { expect, test } from 'vitest';
import { asOfFlag } from '../../src/cli/selection.js';

test.each([
  [undefined, undefined],
  ['2024-02-29', '2024-02-29 00:00:00'],
  ['2024-03-01 10:30', '2024-03-01 10:30:00'],
  ['2024-03-01T10:30:15', '2024-03-01 10:30:15'],
])('--as-of %s is %s', (text, value) => {
  expect(asOfFlag(text)).toBe(value);
});

test.each(['2024-02-30', 'yesterday', '2024-03-01 25:00', "2024-03-01'; drop table x"])(
  '--as-of %s is refused',
  (text) => {
    expect(() => asOfFlag(text)).toThrow(/is no point in time/);
  },
);
