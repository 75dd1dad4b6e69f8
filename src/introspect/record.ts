/** What the sources of one connection give, as it was when `chat-etl introspect` looked: `introspected/<connection>.yaml`. */
import type { Column, ColumnType } from '../engines/types.js';

export interface SourceRecord {
  /** Name of the connection. */
  readonly connection: string;
  /** By name in the source. */
  readonly tables: ReadonlyMap<string, RecordedTable>;
  /** What the server makes of the SQL in `query` and in `columns: { add }`, by the source's name. */
  readonly computed: ReadonlyMap<string, RecordedResults>;
}

export interface RecordedTable {
  /** Empty where there is none. */
  readonly comment: string;
  /** The primary key; empty where there is none. */
  readonly key: readonly string[];
  /** In the order of the table. */
  readonly columns: readonly RecordedColumn[];
}

export interface RecordedColumn extends Column {
  /** Empty where there is none. */
  readonly comment: string;
}

export interface RecordedResults {
  /** Of a source that is a query. */
  readonly query: { readonly sql: string; readonly columns: readonly Column[] } | undefined;
  /** Of added columns, by their name. */
  readonly added: ReadonlyMap<string, { readonly expression: string; readonly type: ColumnType }>;
}

/** Where a connection's record stands, relative to the project's root. */
export function recordPath(connection: string): string {
  return `introspected/${connection}.yaml`;
}
