/** Unit tests as typed data: what the YAML says, with the place of everything. */
import type { VarValue } from '../config/types.js';
import type { Place } from '../errors.js';

export interface UnitTest {
  /** The name in YAML, a sentence. */
  readonly name: string;
  /** Path of the YAML file, relative to the project's root. */
  readonly file: string;
  readonly where: Place;
  /** Laid over those of the config. */
  readonly vars: { readonly [name: string]: VarValue };
  /** One where the YAML has no `steps`. */
  readonly steps: readonly UnitStep[];
}

/** One run: rows are given, all is run, tables are compared. */
export interface UnitStep {
  /** The run's clock in the analytic zone, `YYYY-MM-DD HH:MM:SS`. */
  readonly now: string;
  readonly given: readonly GivenTable[];
  /** Keys of rows that are gone. */
  readonly removed: readonly TableRows[];
  readonly expect: readonly ExpectedTable[];
}

export interface TableRows {
  /** The table as the plan calls it: `stg_messages` for the source `messages`. */
  readonly table: string;
  readonly where: Place;
  readonly rows: readonly GivenRow[];
}

export interface GivenTable extends TableRows {
  /** Values of columns that a new row does not name. */
  readonly defaults: GivenRow['cells'];
}

export interface GivenRow {
  readonly where: Place;
  readonly cells: ReadonlyMap<string, GivenCell>;
}

export interface GivenCell {
  /** As text, which the engine casts to the column's type; null for NULL. */
  readonly text: string | null;
  /** The place of the value. */
  readonly where: Place;
  /** The place of the column's name. */
  readonly nameAt: Place;
}

export interface ExpectedTable extends TableRows {
  readonly isOrdered: boolean;
  /** How far apart doubles may be; undefined for a share of their size. */
  readonly tolerance: number | undefined;
}

/** The columns that rows name, in the order in which they first do. */
export function namedColumns(rows: readonly GivenRow[]): readonly string[] {
  return [...new Set(rows.flatMap(({ cells }) => [...cells.keys()]))];
}
