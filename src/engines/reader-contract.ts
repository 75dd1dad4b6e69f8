/** What an engine gives those who only look at a warehouse. */
import type { Session } from './contract.js';

/** A warehouse opened to look at. */
export interface Reader {
  readonly session: Session;
  /** Path of the copy that is read, since a run holds the warehouse; undefined where the warehouse itself is. */
  readonly copy: string | undefined;
  /**
   * Lets the session make scratch tables, which nobody else sees, while `work` lasts. A server that has no right for that alone
   * lets it write the rest too meanwhile, so `work` executes nothing but what `Dialect.createScratchTableAs` gives.
   */
  makingScratchTables<T>(work: () => Promise<T>): Promise<T>;
  /** What of the login's rights and the server's settings would hinder a run or cost it something; absent where there are none. */
  examine?(timezone: string): Promise<readonly ServerFinding[]>;
  close(): Promise<void>;
}

export interface ServerFinding {
  /** An error is what ends a run. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint: string | undefined;
}
