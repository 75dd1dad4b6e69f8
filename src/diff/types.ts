/** What a changed definition does to a published table, as data. */
import type { Cell } from '../engines/types.js';

export interface ModelDiff {
  readonly table: string;
  /** What of its definition differs from that of its last success, in words; empty where nothing does. */
  readonly changedParts: readonly string[];
  /** Models under it that were computed aside as well, since they changed or read what did. */
  readonly aside: readonly string[];
  /** The clock of the comparison, where a definition asks for it. */
  readonly asOf: string | undefined;
  /** What else the differences may come from, and what could not be compared. */
  readonly notices: readonly string[];
  readonly rowsBefore: number;
  readonly rowsAfter: number;
  readonly columns: ColumnDifferences;
  /** Undefined where rows cannot be told apart: a notice says why. */
  readonly rows: RowDifferences | undefined;
  readonly totals: Totals | undefined;
}

export interface ColumnDifferences {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly retyped: readonly { readonly name: string; readonly before: string; readonly after: string }[];
}

export type Cells = Readonly<Record<string, Cell>>;

export interface RowDifferences {
  readonly key: readonly string[];
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly same: number;
  /** Keys of a few such rows. */
  readonly addedKeys: readonly Cells[];
  readonly removedKeys: readonly Cells[];
  /** Those in which a value of the same key differs, in the order of the table. */
  readonly values: readonly ValueDifferences[];
}

export interface ValueDifferences {
  readonly column: string;
  /** Rows in which it differs. */
  readonly rows: number;
  readonly examples: readonly { readonly key: Cells; readonly before: Cell; readonly after: Cell }[];
}

/** Sums by the days (or other values) of a column. */
export interface Totals {
  readonly by: string;
  /** True where there were more values than are looked at. */
  readonly isCut: boolean;
  /** The number of rows and the sums of columns; those that differ anywhere. */
  readonly measures: readonly Measure[];
}

export interface Measure {
  /** A column; undefined for the number of rows. */
  readonly column: string | undefined;
  /** Over all values of `by`; undefined for doubles, which are averages and shares mostly. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** The values of `by` at which it differs, in order. */
  readonly differing: readonly MeasureAt[];
}

export interface MeasureAt {
  readonly at: string;
  /** Undefined where there are no rows, or no values. */
  readonly before: number | undefined;
  readonly after: number | undefined;
}
