/** Bounds the rate of rows: reads that share a pace get their turns one after the other, and no turn is saved up. */
import type { Waiting } from './waiting.js';

export class Pace {
  readonly #rowsPerMs: number;
  readonly #waiting: Waiting;
  /** When the rows given so far are paid for; milliseconds of the clock. */
  #freeAt = 0;

  constructor(rowsPerSecond: number, waiting: Waiting) {
    this.#rowsPerMs = rowsPerSecond / 1000;
    this.#waiting = waiting;
  }

  /** Most rows to ask for at once: a second's, so that a reader is never silent for long. */
  get mostRows(): number {
    return Math.max(1, Math.floor(this.#rowsPerMs * 1000));
  }

  /** Waits until these rows may be passed on. Errors: CANCELLED. */
  async take(rows: number, signal: AbortSignal): Promise<void> {
    const now = this.#waiting.now();
    const turn = Math.max(now, this.#freeAt);
    this.#freeAt = turn + rows / this.#rowsPerMs;
    if (turn > now) await this.#waiting.sleep(turn - now, signal);
  }
}
