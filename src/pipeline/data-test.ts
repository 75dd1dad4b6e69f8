/** The kinds of data tests. */
import type { Place } from '../errors.js';
import type { TemplateFile } from '../template/types.js';

interface DataTestBase {
  readonly severity: 'error' | 'warn';
  /** A SQL condition that limits the rows tested. */
  readonly filter: string | undefined;
  readonly where: Place;
  /** How many failing rows are let pass, of row tests; none where undefined. By how much a value may differ, of `change`. */
  readonly atMost: AtMost | undefined;
}

/** `percent`: of the rows that are tested, or of the value of before. */
export type AtMost = { readonly rows: number } | { readonly percent: number };

/** Looks at each row by itself: what a row fails does not hang on the other rows of its table. */
export type RowTest = DataTestBase &
  (
    | { readonly kind: 'not_null'; readonly columns: readonly string[] }
    | {
        readonly kind: 'accepted_values';
        readonly column: string;
        readonly values: readonly (string | number | boolean)[];
      }
    | {
        readonly kind: 'range';
        readonly column: string;
        /** Both included; texts for dates, timestamps and texts. */
        readonly min: Bound | undefined;
        readonly max: Bound | undefined;
      }
    | {
        readonly kind: 'expression';
        /** Not false of any row; as a CHECK of SQL it may be NULL. */
        readonly condition: string;
      }
    | {
        readonly kind: 'relationship';
        readonly column: string;
        readonly toTable: string;
        readonly toColumn: string;
      }
  );

/** Looks at a table as a whole. */
export type TableTest = DataTestBase &
  (
    | { readonly kind: 'unique'; readonly columns: readonly string[] }
    | { readonly kind: 'row_count'; readonly min: number | undefined; readonly max: number | undefined }
    | {
        readonly kind: 'no_gaps';
        /** Of dates. */
        readonly column: string;
        readonly unit: 'day' | 'week' | 'month';
        /** Gaps are looked for in the rows of each of these by themselves. */
        readonly per: readonly string[];
      }
  );

/** Compares a table with the clock: it can fail though nothing has changed. */
export type FreshnessTest = DataTestBase & {
  readonly kind: 'freshness';
  /** A timestamp in UTC, or an analytic day. */
  readonly column: string;
  readonly withinMs: number;
};

/** Compares a number of a table with what it was in the last run that changed the table. */
export type ChangeTest = DataTestBase & {
  readonly kind: 'change';
  /** An SQL expression over the table, e.g. `sum(messages)`. */
  readonly metric: string;
};

/** A SQL file of its own, whose rows are the failures. */
export type SqlTest = DataTestBase & {
  readonly kind: 'sql';
  /** Relative to the folder `sql`. */
  readonly file: string;
  /** Undefined only while the project is read. */
  readonly template: TemplateFile | undefined;
  /** The tables that it names. */
  readonly reads: readonly string[];
};

export type DataTest = RowTest | TableTest | FreshnessTest | ChangeTest | SqlTest;
export type Bound = number | string;

export const rowKinds: readonly DataTest['kind'][] = [
  'not_null',
  'accepted_values',
  'range',
  'expression',
  'relationship',
] satisfies readonly RowTest['kind'][];

export function isRowTest(test: DataTest): test is RowTest {
  return rowKinds.includes(test.kind);
}
