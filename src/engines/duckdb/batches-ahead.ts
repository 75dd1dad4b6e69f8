/** Batches, one of which is fetched while the one before is in use: DuckDB takes it in the same statement where it is there in time. */
import type { RowBatch } from '../types.js';

export class BatchesAhead {
  readonly #batches: AsyncIterator<RowBatch>;
  #asked: Promise<void>;
  #ready: RowBatch | undefined;
  #hasEnded = false;
  #failure: { readonly thrown: unknown } | undefined;

  constructor(batches: AsyncIterable<RowBatch>) {
    this.#batches = batches[Symbol.asyncIterator]();
    this.#asked = this.#ask();
  }

  /** The next one; undefined behind the last. Throws what the batches throw. */
  async next(): Promise<RowBatch | undefined> {
    await this.#asked;
    if (this.#failure !== undefined) throw this.#failure.thrown;
    return this.nextIfReady();
  }

  /** The next one where it has come; those before it are then no longer looked at. */
  nextIfReady(): RowBatch | undefined {
    const batch = this.#ready;
    this.#ready = undefined;
    if (batch !== undefined) this.#asked = this.#ask();
    return batch;
  }

  /**
   * Ends the reading, also before its end. A batch that is still on its way is not waited for: it may be long in coming, and
   * whoever hears of a failure can end its read. Nothing is thrown: what ended the load earlier is what counts.
   */
  async close(): Promise<void> {
    if (this.#hasEnded) return;
    const ended = this.#batches.return?.().catch(() => undefined);
    if (this.#ready !== undefined) await ended;
  }

  async #ask(): Promise<void> {
    try {
      const { done, value } = await this.#batches.next();
      if (done === true) this.#hasEnded = true;
      else this.#ready = value;
    } catch (thrown) {
      this.#hasEnded = true;
      this.#failure = { thrown };
    }
  }
}
