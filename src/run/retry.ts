/** Tries work again after errors that may pass: waits that double, with jitter. */
import { setTimeout as wait } from 'node:timers/promises';
import pRetry from 'p-retry';
import { type EtlError, toEtlError } from '../errors.js';

const firstWaitMs = 500;
const longestWaitMs = 15_000;
/** A database that was there and went away is waited for so long beyond the attempts: a restart takes longer than they do. */
export const longestOutageMs = 60_000;
const longestOutageWaitMs = 3_000;

export interface RetryOptions {
  /** Further attempts after the first. */
  readonly retries: number;
  readonly signal: AbortSignal;
  /** Where the database is known to have gone away just now: how long it is waited for, in milliseconds. */
  readonly outageMs?: number;
  readonly onRetry: (error: EtlError, nextAttempt: number, waitMs: number) => void;
}

/** `work` gets the number of the attempt, from 1. Only errors marked `retryable` are tried again. */
export function withRetries<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { retries, signal } = options;
  const outage = new Outage(options.outageMs);
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
      shouldConsumeRetry: ({ error }) => !outage.lasts(toEtlError(error)),
      shouldRetry: ({ error }) => toEtlError(error).retryable && !signal.aborted,
      // The wait is made here, so that it can be told before it begins and ends when the run is cancelled.
      onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
        const failure = toEtlError(error);
        outage.note(failure);
        if (retriesLeft > 0) await waitBefore(attemptNumber + 1, failure, options, outage.longestWaitMs);
      },
    },
  );
}

/** Waits before the next attempt, after `attempt` failed; false, at once, where there is to be none. */
export async function waitForRetry(error: EtlError, attempt: number, options: RetryOptions): Promise<boolean> {
  return attempt <= options.retries && waitBefore(attempt + 1, error, options, longestWaitMs);
}

async function waitBefore(
  attempt: number,
  error: EtlError,
  { signal, onRetry }: RetryOptions,
  longestMs: number,
): Promise<boolean> {
  if (!error.retryable || signal.aborted) return false;
  const waitMs = Math.round(Math.min(firstWaitMs * 2 ** (attempt - 2), longestMs) * (0.5 + Math.random() / 2));
  onRetry(error, attempt, waitMs);
  await wait(waitMs, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

/** A database that was there and went away: until it is back, attempts do not count. */
class Outage {
  readonly #lengthMs: number;
  #since: number | undefined;

  constructor(lengthMs: number | undefined) {
    this.#lengthMs = lengthMs ?? longestOutageMs;
    this.#since = lengthMs === undefined ? undefined : performance.now();
  }

  note({ code }: EtlError): void {
    if (code === 'CONNECTION_LOST') this.#since = performance.now();
  }

  lasts({ code }: EtlError): boolean {
    return code === 'CONNECTION' && this.#since !== undefined && performance.now() - this.#since < this.#lengthMs;
  }

  get longestWaitMs(): number {
    return this.#since === undefined ? longestWaitMs : longestOutageWaitMs;
  }
}
