/** What an engine can do, as data that the plan and the run read. */
import type { Strategy } from './contract.js';

export interface Capabilities {
  /** True where CREATE, ALTER and DROP can be rolled back; else new tables are prepared before and swapped in after. */
  readonly transactionalDdl: boolean;
  /** True where a transaction reads the rows that it has written itself slower than committed ones; only with `transactionalDdl`. */
  readonly readsOwnRowsSlower: boolean;
  /** True where a warehouse can be used by several connections that write different tables at once. */
  readonly parallelSteps: boolean;
  /** Longest name of a table. */
  readonly maxNameLength: number;
  /** A decimal with more digits than this is kept as text, exact and without arithmetic. */
  readonly maxDecimalDigits: number;
  /**
   * SQL for the bytes of memory in which keys are compared; undefined where a million of them are not loaded and compared sooner
   * than a source finds their hashes by parts.
   */
  readonly memoryForKeys: string | undefined;
  /** For every strategy: true, or the sentence that says why this engine cannot. */
  readonly strategies: Readonly<Record<Strategy, true | string>>;
}
