/** What differs between a source and its staging table. */
import type { SourceComparison } from '../run/comparison.js';

/** What a repair would mend. */
export function rowsDiffering({ rowsMissing, rowsExtra, rowsStale }: SourceComparison): number {
  return rowsMissing + rowsExtra + rowsStale;
}
