/** What an engine gives to read a source: see `contract.ts`. */
import type { Engine } from './contract.js';
import type { KeyRanges, RangeBounds, RangeSummary, SummaryRequest } from './ranges.js';
import type { Cell, Column, RowBatch } from './types.js';

/** What to read: a table or a query of the source with its columns, already chosen, renamed and with added expressions. */
export interface SourceRead {
  /** Table name, or undefined where `query` is used. */
  readonly table: string | undefined;
  readonly query: string | undefined;
  /** Columns of the table to take; undefined for all. Keys are names in the source, values names in staging. */
  readonly columns: SourceColumns;
  /** Key columns, by their staging names; empty where the source has none. */
  readonly key: readonly string[];
  readonly cursor: CursorDefinition | undefined;
  /** Rows whose cursor is NULL (or no real date): read each time, the default; left out of every read; or read alone. */
  readonly nullCursor?: 'include' | 'skip' | 'only';
}

export interface SourceColumns {
  /** Names in the source; undefined for all. */
  readonly include: readonly string[] | undefined;
  readonly exclude: readonly string[];
  /** Name in the source -> name in staging. */
  readonly rename: Readonly<Record<string, string>>;
  /** Name in staging -> expression in the source's SQL. */
  readonly add: Readonly<Record<string, string>>;
}

export interface CursorDefinition {
  /** The cursor's name in the source. */
  readonly column: string;
  /** How the column tells time; `id` for a growing number that is no time. */
  readonly unit: 'timestamp' | 's' | 'ms' | 'us' | 'id';
  /** The zone that a DATETIME cursor is written in; UTC by default. */
  readonly timezone: string;
}

/**
 * A cursor's value as text that compares in the cursor's own order once cast by the engine:
 * timestamps `YYYY-MM-DD HH:MM:SS.ffffff` in the cursor's zone, numbers as digits.
 */
export type CursorValue = string;

/** What may still commit rows below what a read sees, listed before its snapshot (4.1, point 2). */
export interface OpenWork {
  /**
   * Server clock, UTC `YYYY-MM-DD HH:MM:SS.ffffff`: every foreign transaction or waiting statement found open started at or
   * after this; the server's now where none is open. A margin for the server's coarse clocks is already taken off.
   */
  readonly horizon: string;
  /** The oldest one found, for `status`: transaction or connection id, age in seconds and state. */
  readonly oldest: { readonly id: string; readonly ageSeconds: number; readonly state: string } | undefined;
  /** Start of the oldest statement that is in no transaction yet, margin taken off: rows below it may still be stamped. */
  readonly waitingSince?: string;
  /** What the answer rests on. `lookback`: PROCESS is missing or this is a replica, nothing can be listed. */
  readonly protection: 'transactions' | 'exclusive' | 'lookback';
  /** How far a replica is behind its primary, where `lookback` alone protects and this can be measured. */
  readonly lagSeconds?: number;
  /** Of a replica whose primary was asked: it is not known to have what was committed there, and may show an earlier state. */
  readonly isLate?: true;
}

/** A table's key and what its makers wrote beside it. */
export interface TableDetails {
  /** The columns of the primary key in its order; empty where there is none. */
  readonly primaryKey: readonly string[];
  /** Empty where there is none. */
  readonly comment: string;
  /** Column -> comment, of those that have one. */
  readonly columnComments: ReadonlyMap<string, string>;
}

/** How busy a server is. */
export interface ServerLoad {
  /** Connections that run a statement, without those of this process. */
  readonly threadsRunning: number;
  /** How far it is behind its primary; undefined where it is no replica, its replication stands still or the login may not ask. */
  readonly lagSeconds: number | undefined;
}

/** A database being read. */
export interface SourceDatabase {
  readonly engine: Engine;
  /** Server, version and identity, for the journal. */
  readonly serverVersion: string;
  readonly serverId: string;
  /** How many connections may read one large table side by side; 1 where absent. */
  readonly parallelReads?: number;
  /** The columns of a read in their shared types, in the order that pages deliver them. Errors: DATABASE, PRIVILEGE, SOURCE_DATA. */
  describe(read: SourceRead): Promise<readonly Column[]>;
  /** What a table's definition says beside its columns' types; for `chat-etl introspect`. Errors: DATABASE, PRIVILEGE. */
  details?(table: string): Promise<TableDetails>;
  /** True where an index starts with the cursor (and the read is a table); undefined where that cannot be known. */
  hasCursorIndex(read: SourceRead): Promise<boolean | undefined>;
  /** The server's clock, UTC `YYYY-MM-DD HH:MM:SS.ffffff`. */
  clock(): Promise<string>;
  /** 4.1, point 2: first the statements that wait, then the open transactions; our own connections are left out. */
  openWork(): Promise<OpenWork>;
  /** Its `waitingSince` alone, without the wait for a fresh list of transactions; absent where there is none. */
  waitingSince?(): Promise<string | undefined>;
  /** How busy the server is; absent where there is none. */
  load?(): Promise<ServerLoad>;
  /** A counter that moves whenever a row of any table is deleted, as text; absent or undefined where there is none. */
  deletions?(): Promise<string | undefined>;
  /** What is newer than this clock: the server, which was started again, or the table, which was made anew. */
  newSince?(read: SourceRead, since: string): Promise<'server' | 'table' | undefined>;
  /** Another one once the table is truncated, or made anew under its name; undefined where that cannot be told. */
  tableId?(read: SourceRead): Promise<string | undefined>;
  /** A consistent view of the database; several reads may use it, one after the other. */
  snapshot(): Promise<SourceSnapshot>;
  close(): Promise<void>;
}

export interface PageOptions {
  readonly batchRows: number;
  readonly batchBytes: number;
  /** Rows with a cursor at or above this, and by `nullCursor` those without one; undefined for all rows, in key order. */
  readonly from: CursorValue | undefined;
  /** Only the rows behind this key, or behind all keys that begin so; for reads of all rows of which `ordersByKey` is true. */
  readonly after?: readonly Cell[] | undefined;
  /** Only the rows whose key begins with this or less; for the same reads. */
  readonly upTo?: Cell | undefined;
  /** Only rows in these ranges of this key. */
  readonly within?: { readonly key: readonly string[]; readonly ranges: KeyRanges } | undefined;
  readonly signal: AbortSignal;
}

export interface SourceSnapshot {
  /** As of the database, but within this view: nobody changes the columns of what it describes before it is closed. */
  describe(read: SourceRead): Promise<readonly Column[]>;
  /** The largest cursor in the snapshot that is not above `cap`; undefined where there is none. */
  maxCursor(read: SourceRead, cap: CursorValue | undefined): Promise<CursorValue | undefined>;
  /**
   * The rows, in batches of at most `batchRows` rows and about `batchBytes` bytes, with backpressure.
   * Columns are those of `describe`, in that order.
   */
  read(read: SourceRead, columns: readonly Column[], options: PageOptions): AsyncIterable<RowBatch>;
  /** True where the server itself keeps the key of a read unique and not NULL, in values that every warehouse tells apart. */
  hasUniqueKey?(read: SourceRead): Promise<boolean>;
  /** True where all rows of a read come in the order of its key, and a read can begin behind one. */
  ordersByKey?(read: SourceRead): Promise<boolean>;
  /** The bounds of the key's leading column, an integer; undefined where there are no rows. */
  bounds(read: SourceRead, columns: readonly Column[], signal: AbortSignal): Promise<RangeBounds | undefined>;
  /** The rows that a read from the start gives, summed up. */
  summarize(
    read: SourceRead,
    columns: readonly Column[],
    request: SummaryRequest,
    signal: AbortSignal,
  ): Promise<readonly RangeSummary[]>;
  /**
   * The table, where a warehouse on the same server may copy all rows of a read by itself: by statements that see what is
   * committed by then, and not this snapshot.
   */
  copyable?(read: SourceRead, columns: readonly Column[]): Promise<CopyableTable | undefined>;
  /** SQL by which a warehouse of the same engine can read the rows itself, where it can reach this database. */
  readonly attachment: Attachment | undefined;
  close(): Promise<void>;
}

/** A table and how to copy it in the order of its key; opaque to everybody but its engine. */
export interface CopyableTable {
  /** Held by a connection to the source's server while the snapshot is open: where it is seen to be, that server is. */
  readonly lock: { readonly name: string; readonly connectionId: string };
  /** Integers, unique and not NULL. */
  readonly key: readonly string[];
  /** Approximate size of a row; 0 where it is not known. */
  readonly rowBytes: number;
  /** The first `limit` rows behind a key, or of all. */
  select(after: readonly Cell[] | undefined, limit: number): string;
}

/** A database file that a warehouse of the same engine may attach; opaque to everybody else. */
export interface Attachment {
  readonly engine: string;
  readonly path: string;
  /** The select to run once attached under `alias`. */
  select(read: SourceRead, columns: readonly Column[], from: CursorValue | undefined, alias: string): string;
}
