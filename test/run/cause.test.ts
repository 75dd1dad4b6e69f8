import { expect, test } from 'vitest';
import { EtlError } from '../../src/errors.js';
import { causeOf } from '../../src/run/cause.js';

const idle = new AbortController().signal;
const interrupted = new EtlError('CANCELLED', 'Query execution was interrupted', { step: 'm' });
const inState = (signal: AbortSignal, lost: AbortSignal) => ({ signal, lease: { lost } as never });

test('an abort for any reason is a cancelled run, whatever the work said when it stopped', () => {
  for (const reason of ['SIGINT', new Error('no EtlError'), undefined]) {
    const cause = causeOf(inState(AbortSignal.abort(reason), idle), new Error('socket closed'));
    expect(cause).toMatchObject({ code: 'CANCELLED', message: 'the run was cancelled' });
  }
});

test('a lost lease is told as such, though it aborts the work like a cancelled run', () => {
  const lost = AbortSignal.abort(new EtlError('LEASE_LOST', 'another run took over'));
  expect(causeOf(inState(lost, lost), interrupted)).toMatchObject({ code: 'LEASE_LOST', step: 'm' });
});

test('a statement that somebody else interrupted is a failure, not a cancelled run', () => {
  expect(causeOf(inState(idle, idle), interrupted)).toMatchObject({ code: 'DATABASE', step: 'm' });
});

test('any other error stays as it is', () => {
  const error = new EtlError('DISK_FULL', 'no space left');
  expect(causeOf(inState(idle, idle), error)).toBe(error);
});
