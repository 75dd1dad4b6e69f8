/** Values, types and columns in the form all engines share. */

/** The type of a column, apart from any engine's name for it. */
export type ColumnType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer'; readonly bits: 8 | 16 | 32 | 64; readonly unsigned: boolean }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'float' }
  | { readonly kind: 'double' }
  | { readonly kind: 'text'; readonly maxLength?: number }
  | { readonly kind: 'binary'; readonly maxLength?: number }
  | { readonly kind: 'date' }
  | { readonly kind: 'time' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'json' };

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** True for a column of a warehouse's table that nothing fills any more: its values are of earlier rows. */
  readonly isGone?: boolean;
}

/** Ends the comment of a column that is gone. */
export const goneMark = '(gone)';

/**
 * One value on its way from a source to a work table. Nothing is ever rounded on the way:
 * integers up to 32 bits and doubles are numbers; 64-bit integers are strings of digits (or bigint); decimals are strings;
 * date `YYYY-MM-DD`, time `[-]HHH:MM:SS[.ffffff]`, timestamp `YYYY-MM-DD HH:MM:SS[.ffffff]` (UTC) are strings;
 * text and json are strings; binary is bytes.
 */
export type Cell = null | number | bigint | string | boolean | Uint8Array;

/**
 * Rows on their way from a source to a work table: the texts of all cells in one buffer, so that no value of the runtime is
 * made of any. Cells are spelled as in `Cell`: numbers as digits, booleans as `1` and `0`, texts in UTF-8, binary as it is.
 * Whoever takes batches from a source has each until they ask for the next but one: its memory is used again.
 */
export interface RowBatch {
  readonly rowCount: number;
  readonly data: Buffer;
  /** Row after row and column after column, where in `data` the cell begins and where it ends; an end below 0 is NULL. */
  readonly places: Int32Array;
  /** Approximate size, in bytes. */
  readonly bytes: number;
  /** How many dates of these rows were zero dates (`0000-00-00`), which arrive as null. */
  readonly zeroDates?: number;
  /** True where all of `data` is a text, as long as its cells are: they are kept apart by zero bytes, and none is binary. */
  readonly isText?: boolean;
}

/** A row as `Session.query` returns it: integers wider than 53 bits are bigint, decimals and times are strings. */
export type ResultRow = Readonly<Record<string, Cell>>;

/** A value bound to a statement's `?`. */
export type Parameter = null | number | bigint | string | boolean;

/** What a parser says of SQL text; nothing is looked up in any database. Offsets count UTF-16 units from 0. */
export type ParsedSql =
  | {
      readonly ok: true;
      readonly statements: number;
      /** DuckDB's syntax tree, as `json_serialize_sql` gives it; each `query_location` is an offset, or null. */
      readonly tree: unknown;
    }
  | { readonly ok: false; readonly message: string; readonly offset: number | undefined };
