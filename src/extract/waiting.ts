/** Time as readers see it, so that tests can move it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EtlError } from '../errors.js';

export interface Waiting {
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Errors: CANCELLED at once when the signal aborts. */
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

export const realWaiting: Waiting = {
  now: () => performance.now(),
  sleep: (durationMs, signal) =>
    sleep(durationMs, undefined, { signal }).catch(() => {
      throw cancelled();
    }),
};

/** Ends with `work`, or at once when the signal aborts. Errors: CANCELLED, those of `work`. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((done, failed) => {
    const abort = () => failed(cancelled());
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    work.then(done, failed).finally(() => signal.removeEventListener('abort', abort));
  });
}

function cancelled(): EtlError {
  return new EtlError('CANCELLED', 'the read was cancelled');
}
