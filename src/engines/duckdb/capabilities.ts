/** What DuckDB can do as a warehouse. */
import type { Capabilities } from '../contract.js';
import { widestDecimal } from './dialect.js';

export const capabilities: Capabilities = {
  transactionalDdl: true,
  // By one thread.
  readsOwnRowsSlower: true,
  // Connections of one process may write different tables at once; two writers of one table are a conflict.
  parallelSteps: true,
  maxNameLength: 200,
  maxDecimalDigits: widestDecimal,
  memoryForKeys: `parse_formatted_bytes(current_setting('memory_limit'))`,
  strategies: { view: true, table: true, append: true, merge: true, partition: true, snapshot: true },
};
