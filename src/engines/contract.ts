/**
 * What a database engine gives chat-etl. Text apart from I/O: a `Dialect` only writes SQL, a `Session` only executes it,
 * `Capabilities` are data that the plan reads. Nobody outside an engine's folder asks for its name.
 */
import type { EtlError } from '../errors.js';
import type { Capabilities } from './capabilities-contract.js';
import type { CopyRequest, PublishedCopy } from './copy-contract.js';
import type { HelperRenderers } from './helpers.js';
import type { KeyBits } from './key-bits.js';
import type { Holder, Lease } from './lease-contract.js';
import type { LoadResult } from './load-result.js';
import type { Publication } from './publication.js';
import type { RangeSql } from './range-sql.js';
import type { Reader } from './reader-contract.js';
import type { RewrittenTable } from './rewritten-table.js';
import type { Attachment, CopyableTable, SourceDatabase } from './source-contract.js';
import type { SqlErrorPosition } from './sql-error-position.js';
import type { Column, ColumnType, Parameter, ResultRow, RowBatch } from './types.js';

export type * from './capabilities-contract.js';
export type * from './copy-contract.js';
export type * from './lease-contract.js';
export type * from './load-result.js';
export type * from './publication.js';
export type * from './reader-contract.js';
export type * from './source-contract.js';
export type * from './sql-error-position.js';

export const strategies = ['view', 'table', 'append', 'merge', 'partition', 'snapshot'] as const;
export type Strategy = (typeof strategies)[number];

/** A connection as the config defines it; the engine parses `options` with its own schema. */
export interface ConnectionDefinition {
  readonly name: string;
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** The folder that relative paths in `options` start from. */
  readonly root: string;
}

export interface OpenSettings {
  /** Bound on one statement, in milliseconds. */
  readonly timeoutMs: number;
  /** Written into a comment at the head of each statement where the engine supports it, e.g. `chat-etl run 41`. */
  readonly label: string;
}

/** An engine: one object a folder, in `src/engines/<name>/index.ts`. */
export interface Engine {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly dialect: Dialect;
  /** Where in a refused statement the server saw the mistake, as far as its message tells. */
  sqlErrorPosition(error: EtlError): SqlErrorPosition | undefined;
  /** Opens a database to read from. Errors: CONNECTION, PRIVILEGE, UNSUPPORTED. */
  openSource(connection: ConnectionDefinition, settings: OpenSettings): Promise<SourceDatabase>;
  /** Opens a database to write to; created where it is a file. Errors: CONNECTION, WAREHOUSE_LOCKED, UNSUPPORTED. */
  openWarehouse(connection: ConnectionDefinition, settings: OpenSettings): Promise<Warehouse>;
  /**
   * Opens a warehouse to look at, or its copy for readers while a run holds it. Whatever its session is asked, the database
   * itself refuses to write. Errors: CONNECTION, WAREHOUSE_LOCKED.
   */
  openReader(connection: ConnectionDefinition, settings: OpenSettings): Promise<Reader>;
  /**
   * Puts a copy of a closed warehouse in the place of the last one, for readers, where the connection asks for that.
   * Undefined where it does not, or where the copy there is of the same state. Errors: WAREHOUSE_LOCKED, CONNECTION,
   * DISK_FULL, IO; the last copy stays whole then.
   */
  publishCopy?(connection: ConnectionDefinition, request: CopyRequest): Promise<PublishedCopy | undefined>;
}

// --- text ---------------------------------------------------------------------------------------------------------

/** Writes SQL and never executes; golden-tested without a server. All names arrive unquoted. */
export interface Dialect {
  readonly name: string;
  /** A quoted name. */
  identifier(name: string): string;
  /** A literal: text quoted and escaped, numbers as they are, null, true and false. */
  literal(value: Parameter): string;
  /** The engine's name for a type; `key` where the column is part of a key (MySQL needs a bounded text there). */
  columnType(type: ColumnType, key: boolean): string;
  /** True where two values differ, NULL being a value: `a is distinct from b`. */
  distinct(left: string, right: string): string;
  /** A timestamp (UTC) literal of this engine from `YYYY-MM-DD HH:MM:SS[.ffffff]`. */
  timestamp(value: string): string;
  /** Name of a table that `Session.load` fills: seen by all sessions of the run, by no reader; quoted and qualified. */
  workTable(name: string): string;
  /** Name of a table that no reader sees until it is renamed to be a published one; unquoted. The clean-up drops it. */
  keyedTable(name: string): string;
  /**
   * A column of every work table, not among those given to `Session.load`, that grows in the order of reading:
   * DuckDB's `rowid`, MySQL's own auto-increment `etl_row`. Of a key that arrived twice, the last read counts.
   */
  readonly readOrder: string;
  /** Name of a table that one session made with `createScratchTableAs` and only that session sees; quoted and qualified. */
  scratchTable(name: string): string;
  createTable(table: string, columns: readonly Column[], key: readonly string[]): string;
  addColumn(table: string, column: Column): string;
  /**
   * Gives a column a type that holds every value of the old one, its values as they would be read now, and notes whether it
   * is gone. Undefined where the engine cannot: the rows must be read again then. A column of a key is one not nullable.
   */
  redefineColumn(table: string, column: Column, from: ColumnType): string | undefined;
  /**
   * A select of rows that are written out: texts that fit the types of their columns (booleans as `1` and `0`), or null.
   * Cells stand in quotes, so that a text can be split by `'||'`.
   */
  writtenRows(columns: readonly Pick<Column, 'name' | 'type'>[], rows: readonly (readonly (string | null)[])[]): string;
  createView(view: string, select: string): string;
  dropTable(table: string): string;
  dropView(view: string): string;
  /** Creates (or replaces) a session's scratch table from a query; commits nothing, so it may stand inside a transaction. */
  createScratchTableAs(name: string, select: string): readonly string[];
  dropScratchTable(name: string): string;
  /** As `createScratchTableAs`, for rows that need no copy: a view where a session's own view can read its scratch tables. */
  createScratchViewAs(name: string, select: string): readonly string[];
  dropScratchView(name: string): string;
  dropWorkTable(name: string): string;
  /**
   * Inserts rows of `from` (a quoted relation with at least `columns`) and updates those whose key is there already; keys hold no NULL.
   * @param known a quoted relation of the keys among them that are there, where it costs less than `from` to read; it may hold others
   */
  upsert(
    table: string,
    columns: readonly string[],
    key: readonly string[],
    from: string,
    known?: string,
  ): readonly string[];
  /**
   * Puts a table that holds what `selects` give, each the columns in their order, in the place of the old one, which they may
   * read; inside of a transaction. Undefined where the engine cannot: its DDL commits.
   */
  rewriteTable(table: string, columns: readonly Column[], selects: readonly string[]): RewrittenTable | undefined;
  /** Deletes the rows of `table` whose `columns` equal the `keyColumns` of a row of `keys` (a quoted relation), which hold no NULL. */
  deleteMatching(table: string, columns: readonly string[], keys: string, keyColumns: readonly string[]): string;
  /** Puts the rows of the work table `from` in the place of those with the same key in `loaded`, a quoted one: first these are removed. */
  replaceLoaded(loaded: string, columns: readonly string[], key: readonly string[], from: string): readonly string[];
  /** Removes rows from a quoted work table: those, each called `t`, of which the condition is true. */
  deleteLoaded(loaded: string, condition: string): string;
  renameTable(table: string, name: string): string;
  /** How this engine sums up rows by ranges of their key. */
  readonly ranges: RangeSql;
  /** Absent where grouping is the only way to tell whether keys are unique. */
  readonly keyBits?: KeyBits;
  /** How this engine writes the template helpers of `../helpers.ts`. */
  readonly helpers: HelperRenderers;
}

// --- the warehouse ------------------------------------------------------------------------------------------------

export interface Warehouse {
  readonly engine: Engine;
  readonly serverVersion: string;
  /** What settings of the server cost a run, each with its remedy; a run that loads rows says them once. */
  readonly notices: readonly string[];
  /**
   * Takes the one lease of the warehouse; a dead holder's is taken over and its connections are killed.
   * Errors: WAREHOUSE_LOCKED, whose message names the holder.
   */
  acquire(holder: Holder): Promise<Lease>;
  /** A connection of its own, with the session settings of 4.5. */
  session(): Promise<Session>;
  /** Throws UNSUPPORTED where the server cannot convert from UTC into this zone (a MySQL without zone tables). */
  checkTimezone(timezone: string): Promise<void>;
  /** Finishes a publication that a dead run had recorded and drops what dead runs left behind. Call it under the lease. */
  recover(): Promise<void>;
  /** Drops what a run that has ended left behind: work tables, and replacements that no publication waits for. Under the lease. */
  dropLeftovers(): Promise<void>;
  close(): Promise<void>;
}

export type RelationKind = 'table' | 'view';

/** One connection to the warehouse. Errors of the driver arrive as EtlError, classified in the engine's `errors.ts`. */
export interface Session {
  /** Runs one statement; the number of rows it inserted, updated or deleted (0 where that makes no sense). */
  execute(sql: string, parameters?: readonly Parameter[]): Promise<number>;
  query(sql: string, parameters?: readonly Parameter[]): Promise<readonly ResultRow[]>;
  begin(): Promise<void>;
  /** Errors: COMMIT_UNKNOWN where the connection broke before the server answered. */
  commit(): Promise<void>;
  /** Never throws where no transaction is open. */
  rollback(): Promise<void>;
  /** The names of all tables and views. */
  relations(): Promise<ReadonlySet<string>>;
  /** The columns of a published table or view, or undefined where there is none. */
  columns(name: string): Promise<{ readonly kind: RelationKind; readonly columns: readonly Column[] } | undefined>;
  /** The columns a select would give; nothing is run. */
  describe(select: string): Promise<readonly Column[]>;
  /**
   * Creates the work table `name` anew, seen by the sessions of this run alone, and fills it. Commits on its own.
   * @param uniqueKey columns that are never NULL and by which no two rows are the same, where the source says so
   */
  load(
    name: string,
    columns: readonly Column[],
    batches: AsyncIterable<RowBatch>,
    uniqueKey?: readonly string[],
  ): Promise<LoadResult>;
  /**
   * The rows of a select, whose columns are given, as fast as they are taken; the session runs nothing else until they have
   * ended, and whoever stops before their end loses it, but for `cancel`. Absent where rows in the order of a key would have to be sorted.
   */
  read?(select: string, columns: readonly Column[]): AsyncIterable<RowBatch>;
  /** As `load`, reading straight from an attached database; only where `Attachment.engine` is this engine's name. */
  loadAttached(
    name: string,
    columns: readonly Column[],
    attachment: Attachment,
    select: (alias: string) => string,
  ): Promise<LoadResult>;
  /**
   * As `load` by a unique key, copying a table of this session's own server; absent where the engine has no servers. Undefined
   * where it is on another server, or a copy would not be what a read gives. Locks nothing there.
   */
  copy?(
    name: string,
    columns: readonly Column[],
    table: CopyableTable,
    onCopied: (rows: number, bytes: number) => void,
  ): Promise<LoadResult | undefined>;
  /**
   * Makes replaced tables and changed views visible in one step after the data's commit. `intent` must have been written
   * inside the data transaction by `recordPublication`. A no-op where DDL is transactional.
   */
  recordPublication(publication: Publication): Promise<void>;
  publish(publication: Publication): Promise<void>;
  /** Stops what this session is running, on the server too. */
  cancel(): Promise<void>;
  close(): Promise<void>;
}
