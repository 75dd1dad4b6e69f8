/** A clock that tests move: sleepers wake as time passes them, in order. */
import type { Clock } from '../../src/schedule/clock.js';

interface Sleeper {
  readonly time: number;
  readonly wake: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  readonly now = () => this.#now;

  readonly sleepUntil = (time: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal.aborted || time <= this.#now) return resolve();
      const sleeper = { time, wake: resolve };
      this.#sleepers.push(sleeper);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });

  /** Moves on to a point in time, waking everybody on the way and letting each do its work. */
  async moveTo(text: string): Promise<void> {
    const end = Date.parse(text);
    await settle();
    for (;;) {
      const next = this.#sleepers.filter(({ time }) => time <= end).sort((a, b) => a.time - b.time)[0];
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
      this.#now = Math.max(this.#now, next.time);
      next.wake();
      await settle();
    }
    this.#now = end;
    await settle();
  }
}

/** Lets everything run that waits for nothing but promises. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
