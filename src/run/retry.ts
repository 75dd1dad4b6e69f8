/** Tries work again after errors that may pass: waits that double, with jitter. */
import { setTimeout as wait } from 'node:timers/promises';
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
export async function withRetries<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const retries = new Retries(options);
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (thrown) {
      const error = toEtlError(thrown);
      if (!(await retries.waitAfter(error))) throw error;
    }
  }
}

/** Counts the attempts of one piece of work. */
export class Retries {
  readonly #options: RetryOptions;
  #attempt = 1;
  /** Attempts that were made while the database was known to have gone away: until it is back they do not count. */
  #inOutage = 0;
  /** When the database went away. */
  #awaySince: number | undefined;

  constructor(options: RetryOptions) {
    this.#options = options;
    this.reset();
  }

  /** What comes next is another piece of work. */
  reset(): void {
    this.#attempt = 1;
    this.#inOutage = 0;
    this.#awaySince = this.#options.outageMs === undefined ? undefined : performance.now();
  }

  /** Waits before the next attempt, after one that failed; false, at once, where there is to be none. */
  async waitAfter(error: EtlError): Promise<boolean> {
    const { retries, signal, onRetry } = this.#options;
    if (error.code === 'CONNECTION_LOST') this.#awaySince = performance.now();
    if (this.#isOutage(error)) this.#inOutage += 1;
    const hasAttempts = this.#attempt - this.#inOutage <= retries;
    if (!hasAttempts || !error.retryable || signal.aborted) return false;
    const longestMs = this.#awaySince === undefined ? longestWaitMs : longestOutageWaitMs;
    const waitMs = Math.round(Math.min(firstWaitMs * 2 ** (this.#attempt - 1), longestMs) * (0.5 + Math.random() / 2));
    this.#attempt += 1;
    onRetry(error, this.#attempt, waitMs);
    await wait(waitMs, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }

  #isOutage({ code }: EtlError): boolean {
    const { outageMs = longestOutageMs } = this.#options;
    return code === 'CONNECTION' && this.#awaySince !== undefined && performance.now() - this.#awaySince < outageMs;
  }
}
