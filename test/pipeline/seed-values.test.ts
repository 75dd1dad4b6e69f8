import { expect, test } from 'vitest';
import { seedType, seedValue } from '../../src/pipeline/seed-values.js';

test.each([
  ['boolean', 'true', '1'],
  ['boolean', '0', '0'],
  ['boolean', 'yes', undefined],
  ['boolean', 'constructor', undefined],
  ['integer', '+007', '7'],
  ['integer', '-9223372036854775808', '-9223372036854775808'],
  ['integer', '9223372036854775808', undefined],
  ['integer', '1.0', undefined],
  ['integer', ' 1', undefined],
  ['decimal(5,2)', '-000.50', '-0.5'],
  ['decimal(5,2)', '-0.00', '0'],
  ['decimal(5,2)', '999.990', '999.99'],
  ['decimal(5,2)', '1000', undefined],
  ['decimal(5,2)', '0.001', undefined],
  ['decimal(2,2)', '0.25', '0.25'],
  ['decimal(2,2)', '1', undefined],
  ['double', '-0', '0'],
  ['double', '1.5E3', '1500'],
  ['double', '1e999', undefined],
  ['double', 'NaN', undefined],
  ['date', '2024-02-29', '2024-02-29'],
  ['date', '2023-02-29', undefined],
  ['date', '0999-01-01', undefined],
  ['date', '31.01.2024', undefined],
  ['timestamp', '2024-01-31 23:59', '2024-01-31 23:59:00.000000'],
  ['timestamp', '2024-01-31T23:59:59.5', '2024-01-31 23:59:59.500000'],
  ['timestamp', '2024-01-31 24:00', undefined],
  ['timestamp', '2024-01-31 23:59:59Z', undefined],
  ['text', ' as it is ', ' as it is '],
])('as %s the field %j is %j', (written, text, value) => {
  const type = seedType(written);
  expect(type && seedValue(text, type)).toBe(value);
});

test.each(['decimal(39,2)', 'decimal(0,0)', 'decimal(3,4)', 'decimal(38,31)'])('%s is no type of a seed', (written) => {
  expect(seedType(written)).toBeUndefined();
});
