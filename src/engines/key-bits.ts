/** How a dialect tells whether keys are unique, where it can without grouping them. */
import type { Column, ResultRow } from './types.js';

/** Counts keys without grouping them. Queries of one row, of a quoted relation. */
export interface KeyBits {
  /** `etl_rows`, those of them whose key is `complete`, and how far the key reaches; undefined where the types do not allow it. */
  bounds(relation: string, key: readonly Column[]): string | undefined;
  /** `keys`, how many different ones there are; undefined where they lie too far apart. @param bounds the row of `bounds` */
  count(relation: string, key: readonly Column[], bounds: ResultRow): string | undefined;
}
