/**
 * While rows are loaded DuckDB has no threads but those of the statements themselves. Else one of its own would take the work
 * of a statement, and the statement's would ask in a loop whether it is done, at the cost of a core.
 */

/** Runs a statement, and gives its first value. */
type Ask = (sql: string) => Promise<unknown>;

/** Of all sessions of a warehouse. */
export class LoadingThreads {
  #loads = 0;
  #usual: Promise<unknown> | undefined;

  async without<T>(ask: Ask, load: () => Promise<T>): Promise<T> {
    this.#usual ??= ask("select current_setting('threads')");
    const usual = await this.#usual;
    this.#loads += 1;
    try {
      if (this.#loads === 1) await ask('set threads = 1');
      return await load();
    } finally {
      this.#loads -= 1;
      if (this.#loads === 0) await ask(`set threads = ${usual}`).catch(() => undefined);
    }
  }
}
