/**
 * Rows summed up by ranges of their key, so that two databases find out where they differ without sending rows. Each sums up
 * its own, by the SQL of `range-sql.ts`, and equal rows give equal numbers on every engine.
 */
import type { Column } from './types.js';

/**
 * What divides the rows: the key's leading column where that is an integer (its index finds a range then), or a hash of the
 * whole key, 64 bits unsigned.
 */
export type RangePlace = 'leading' | 'hash';

export const hashBits = 64;

/** Ranges of one width: a row is in the range `(place - origin) >> shift`; of hashes shifted by all their bits there is one. */
export interface RangeScale {
  readonly place: RangePlace;
  readonly origin: bigint;
  readonly shift: number;
  /** True where the bounds of both sides have no key below 0 or beyond 31 bits, so that the hash of one integer costs less. */
  readonly isNarrow?: boolean;
}

export interface KeyRanges {
  readonly scale: RangeScale;
  /** Ascending. */
  readonly numbers: readonly bigint[];
}

/**
 * Which rows count. `unset`: the column is NULL, false or 0. `since`: it is no earlier than `at`, UTC
 * `YYYY-MM-DD HH:MM:SS.ffffff`, or NULL.
 */
export type RowCondition =
  | { readonly column: string; readonly is: 'unset' }
  | { readonly column: string; readonly is: 'since'; readonly at: string };

export interface SummaryRequest {
  readonly key: readonly string[];
  /** What the checksum is of: keys alone, or all columns given. */
  readonly content: 'key' | 'row';
  readonly scale: RangeScale;
  /** All ranges where undefined. */
  readonly within: KeyRanges | undefined;
  readonly conditions: readonly RowCondition[];
}

export interface RangeSummary {
  readonly number: bigint;
  readonly rows: number;
  /** The rows' hashes, each 64 bits, by exclusive or. */
  readonly checksum: bigint;
  /** Rows of which the checksum does not say all, since a double of theirs has no short exact text: they must be looked at. */
  readonly opaqueRows: number;
}

/** The smallest and the largest leading key column. */
export interface RangeBounds {
  readonly least: bigint;
  readonly most: bigint;
}

/** Whether the leading column of a key can divide rows. */
export function hasIntegerLead(columns: readonly Column[], key: readonly string[]): boolean {
  return columns.find(({ name }) => name === key[0])?.type.kind === 'integer';
}

/** What `range-sql.ts` selects, as data; rows without a key are nobody's. */
export function toSummaries(rows: readonly Readonly<Record<string, unknown>>[]): readonly RangeSummary[] {
  return rows.flatMap((row) =>
    row.etl_range === null
      ? []
      : [
          {
            number: BigInt(String(row.etl_range)),
            rows: Number(row.etl_rows),
            checksum: BigInt(String(row.etl_checksum ?? 0)),
            opaqueRows: Number(row.etl_opaque ?? 0),
          },
        ],
  );
}

export function toBounds(row: Readonly<Record<string, unknown>> | undefined): RangeBounds | undefined {
  if (row === undefined || row.etl_least === null || row.etl_most === null) return undefined;
  return { least: BigInt(String(row.etl_least)), most: BigInt(String(row.etl_most)) };
}
