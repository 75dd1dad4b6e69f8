import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit.js';
import { EtlError } from '../../src/errors.js';
import { failure, runReport } from '../report/samples.js';

test.each([
  ['USAGE', 2],
  ['DEFINITION', 2],
  ['WAREHOUSE_LOCKED', 3],
  ['CANCELLED', 130],
  ['CONNECTION', 1],
  ['INTERNAL', 1],
] as const)('a thrown %s ends with %d', (code, exitCode) => {
  expect(exitCodeOf(new EtlError(code, 'x'))).toBe(exitCode);
});

test.each([
  [runReport([]), 0],
  [runReport([], { status: 'failed', error: failure }), 1],
  [runReport([], { status: 'failed' }), 1],
  [runReport([], { status: 'failed', error: { ...failure, code: 'WAREHOUSE_LOCKED' } }), 3],
  [runReport([], { status: 'failed', error: { ...failure, code: 'DEFINITION' } }), 2],
  [runReport([], { status: 'cancelled', error: { ...failure, code: 'CANCELLED' } }), 130],
])('a report tells its exit code', (report, exitCode) => {
  expect(exitCodeOf(report)).toBe(exitCode);
});
