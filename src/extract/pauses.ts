/** Pauses all reads of a connection while its server is busy. */
import { EtlError } from '../errors.js';
import { untilAborted, type Waiting } from './waiting.js';

export interface PauseRequest {
  readonly connection: string;
  /** Which limits are passed now, in words; empty where none is. */
  readonly passed: () => Promise<readonly string[]>;
  readonly checkEveryMs: number;
  /** Bound on all pauses together. */
  readonly atMostMs: number;
  /** Of the run: a reader's own ends its waiting alone. */
  readonly signal: AbortSignal;
  readonly onPause: (reason: string) => void;
  readonly onResume: (pausedMs: number) => void;
  readonly waiting: Waiting;
}

export class Pauses {
  readonly #request: PauseRequest;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #pausedMs = 0;
  #checking: Promise<void> | undefined;

  constructor(request: PauseRequest) {
    this.#request = request;
  }

  /** Returns when the server is below its limits, as asked at most `checkEveryMs` ago. Errors: SOURCE_BUSY, CANCELLED. */
  async ready(signal: AbortSignal): Promise<void> {
    const { waiting, checkEveryMs } = this.#request;
    if (this.#checking === undefined && waiting.now() - this.#checkedAt < checkEveryMs) return;
    this.#checking ??= this.#untilCalm().finally(() => {
      this.#checking = undefined;
    });
    await untilAborted(this.#checking, signal);
  }

  async #untilCalm(): Promise<void> {
    const { waiting, checkEveryMs, atMostMs, signal, onPause, onResume } = this.#request;
    const passed = await this.#ask();
    if (passed.length === 0) return;
    const begun = waiting.now();
    const before = this.#pausedMs;
    onPause(passed.join(', '));
    for (let still = passed; still.length > 0; still = await this.#ask()) {
      this.#refuseTooLong(still);
      await waiting.sleep(Math.min(checkEveryMs, atMostMs - this.#pausedMs), signal);
      this.#pausedMs = before + waiting.now() - begun;
    }
    onResume(waiting.now() - begun);
  }

  async #ask(): Promise<readonly string[]> {
    const passed = await this.#request.passed();
    this.#checkedAt = this.#request.waiting.now();
    return passed;
  }

  #refuseTooLong(passed: readonly string[]): void {
    const { atMostMs, connection } = this.#request;
    if (this.#pausedMs < atMostMs) return;
    const paused = `${Math.round(this.#pausedMs / 1000)} s`;
    throw new EtlError('SOURCE_BUSY', `'${connection}' is busy: ${passed.join(', ')}; the run paused for ${paused}`, {
      hint: 'run again when the server is calmer, or raise the limits of `throttle.pause_while` or its `at_most`',
    });
  }
}
