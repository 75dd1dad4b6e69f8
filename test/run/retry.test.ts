import { expect, test } from 'vitest';
import { EtlError } from '../../src/errors.js';
import { withRetries } from '../../src/run/retry.js';

const passing = (message: string) => new EtlError('DEADLOCK', message, { retryable: true });

test('work that may pass is tried again, as often as told and no more', async () => {
  const attempts: number[] = [];
  const told: number[] = [];
  const work = async (attempt: number) => {
    attempts.push(attempt);
    throw passing(`attempt ${attempt}`);
  };
  const signal = new AbortController().signal;
  const ended = withRetries(work, { retries: 1, signal, onRetry: (_, attempt) => told.push(attempt) });
  await expect(ended).rejects.toThrow('attempt 2');
  expect([attempts, told]).toEqual([[1, 2], [2]]);
});

test('an error that will not pass is thrown at once', async () => {
  let attempts = 0;
  const work = async () => {
    attempts++;
    throw new TypeError('a defect');
  };
  const ended = withRetries(work, { retries: 3, signal: new AbortController().signal, onRetry: () => undefined });
  await expect(ended).rejects.toMatchObject({ code: 'INTERNAL', message: 'a defect' });
  expect(attempts).toBe(1);
});

test('a cancelled run does not wait for its next attempt', async () => {
  const abort = new AbortController();
  let attempts = 0;
  const work = async () => {
    attempts++;
    throw passing('again');
  };
  const ended = withRetries(work, { retries: 3, signal: abort.signal, onRetry: () => abort.abort('SIGINT') });
  await expect(ended).rejects.toThrow('again');
  expect(attempts).toBe(1);
});
