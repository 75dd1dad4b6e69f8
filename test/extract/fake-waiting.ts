/** A clock that moves only where somebody sleeps: each sleeper wakes when its time comes, in order. */

import { EtlError } from '../../src/errors.js';
import type { Waiting } from '../../src/extract/waiting.js';

export class FakeWaiting implements Waiting {
  #now = 0;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  /** How long each sleep was to be, in ms. */
  readonly sleeps: number[] = [];

  readonly now = () => this.#now;

  readonly sleep = (durationMs: number, signal: AbortSignal) =>
    new Promise<void>((done, failed) => {
      this.sleeps.push(durationMs);
      const abort = () => failed(new EtlError('CANCELLED', 'cancelled'));
      const wake = () => {
        signal.removeEventListener('abort', abort);
        done();
      };
      signal.addEventListener('abort', abort);
      this.#sleepers.push({ at: this.#now + durationMs, wake });
      setImmediate(() => this.#wakeNext());
    });

  #wakeNext(): void {
    const next = this.#sleepers.sort((left, right) => left.at - right.at).shift();
    if (next === undefined) return;
    this.#now = Math.max(this.#now, next.at);
    next.wake();
  }
}
