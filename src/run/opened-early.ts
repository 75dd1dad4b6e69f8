/** The source connections that a run opens while it reads its journal: both wait for others most of the time. */
import type { SourceDatabase } from '../engines/contract.js';

export class OpenedEarly {
  readonly #opening: Map<string, Promise<SourceDatabase>>;

  /** @param connections names of those to open */
  constructor(connections: readonly string[], open: (connection: string) => Promise<SourceDatabase>) {
    this.#opening = new Map(connections.map((name) => [name, open(name)]));
    // What fails here is opened again where it is used, which tells of it.
    for (const opening of this.#opening.values()) opening.catch(() => undefined);
  }

  /** Hands a connection over to be closed by the caller; undefined where there is none (any more). */
  async take(connection: string): Promise<SourceDatabase | undefined> {
    const opening = this.#opening.get(connection);
    this.#opening.delete(connection);
    return opening?.catch(() => undefined);
  }

  /** Closes what nobody has taken. */
  async close(): Promise<void> {
    const left = [...this.#opening.values()];
    this.#opening.clear();
    await Promise.all(left.map((opening) => opening.then((database) => database.close()).catch(() => undefined)));
  }
}
