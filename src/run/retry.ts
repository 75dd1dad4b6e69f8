/** Tries work again after errors that may pass: waits that double, with jitter. */
import { setTimeout as wait } from 'node:timers/promises';
import pRetry from 'p-retry';
import { type EtlError, toEtlError } from '../errors.js';

const firstWaitMs = 500;
const longestWaitMs = 15_000;

export interface RetryOptions {
  /** Further attempts after the first. */
  readonly retries: number;
  readonly signal: AbortSignal;
  readonly onRetry: (error: EtlError, nextAttempt: number, waitMs: number) => void;
}

/** `work` gets the number of the attempt, from 1. Only errors marked `retryable` are tried again. */
export function withRetries<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { retries, signal } = options;
  return pRetry(
    async (attempt) => {
      try {
        return await work(attempt);
      } catch (thrown) {
        throw toEtlError(thrown);
      }
    },
    {
      retries,
      minTimeout: 0,
      shouldRetry: ({ error }) => toEtlError(error).retryable && !signal.aborted,
      // The wait is made here, so that it can be told before it begins and ends when the run is cancelled.
      onFailedAttempt: async ({ error, attemptNumber }) => {
        await waitForRetry(toEtlError(error), attemptNumber, options);
      },
    },
  );
}

/** Waits before the next attempt, after `attempt` failed; false, at once, where there is to be none. */
export async function waitForRetry(
  error: EtlError,
  attempt: number,
  { retries, signal, onRetry }: RetryOptions,
): Promise<boolean> {
  if (!error.retryable || attempt > retries || signal.aborted) return false;
  const waitMs = Math.round(Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs) * (0.5 + Math.random() / 2));
  onRetry(error, attempt + 1, waitMs);
  await wait(waitMs, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
