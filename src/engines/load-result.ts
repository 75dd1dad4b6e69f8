/** What came of filling a work table. */

export interface LoadResult {
  readonly rows: number;
  readonly bytes: number;
  /** Given where the work table was made by its key as `Dialect.createTable` makes one, so that it can be published as it is. */
  readonly keyed?: KeyedTable | undefined;
}

/** A work table that was made by its key. */
export interface KeyedTable {
  /** Unquoted name. */
  readonly table: string;
  readonly rows: number;
}
