/** Where columns come from, and what chooses the rows that they stand in. */

/** A column of a table, or all of the table where it is not known which. */
export interface ColumnPlace {
  readonly table: string;
  /** Undefined: some of the table's columns, it cannot be told which. */
  readonly column: string | undefined;
}

/** Each place once, in the order of the SQL. */
export type Origins = readonly ColumnPlace[];

export interface LineageColumn {
  readonly name: string;
  /** What its value is computed from; empty for a constant or a count of rows. */
  readonly from: Origins;
}

export interface QueryLineage {
  /** In the order of the query. */
  readonly columns: readonly LineageColumn[];
  /** What further columns come from, where a `*` stands for columns that are not known; undefined where all are known. */
  readonly rest: Origins | undefined;
  /** What decides which rows there are: conditions, joins, grouping, order. */
  readonly uses: Origins;
}

/** Table -> its columns, of those that are known. */
export type Catalog = ReadonlyMap<string, readonly string[]>;

export interface TableLineage {
  readonly table: string;
  readonly columns: readonly LineageColumn[];
  readonly uses: Origins;
  /** Why all that is known is the tables; undefined where the SQL could be read. */
  readonly unresolved: string | undefined;
}
