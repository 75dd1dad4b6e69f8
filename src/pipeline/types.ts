/** Pipelines as typed data: what the YAML says, checked, with the place of everything. */
import type { Timing } from '../config/types.js';
import type { CursorDefinition, SourceColumns, Strategy } from '../engines/contract.js';
import type { Place } from '../errors.js';
import type { ColumnsRead } from './columns-read.js';
import type { DataTest } from './data-test.js';

export type { DataTest };

export interface Source {
  readonly kind: 'source';
  /** The name in YAML, e.g. `messages`. */
  readonly name: string;
  /** The staging table and the name that SQL refers to: `stg_messages`. */
  readonly table: string;
  readonly pipeline: string;
  readonly description: string | undefined;
  /** Connection to read from; the config's `run.from` where undefined. */
  readonly connection: string | undefined;
  readonly from: { readonly table: string } | { readonly query: string };
  readonly columns: SourceColumns;
  /** By staging names; empty for a table without a key, which is read whole each time. */
  readonly key: readonly string[];
  readonly incremental: Incremental | undefined;
  readonly deletes: Deletes;
  /** Rows that are deleted in the source leave staging, or stay in it with `etl_deleted_at` saying since when. */
  readonly deletedRows: 'remove' | 'keep';
  /** `keep`: staging columns that become NULL in deleted rows; undefined where the definition is silent about it. */
  readonly erase: readonly string[] | undefined;
  readonly retention: Retention | undefined;
  /** The source never updates or deletes; `append` models may stand on it. */
  readonly appendOnly: boolean;
  /** It may lose most of its rows at once, again and again; of any other source that stops the run. */
  readonly mayShrink: boolean;
  /** What a zero date (`0000-00-00`) of MySQL is: NULL, counted in a warning, or an error. */
  readonly zeroDates: 'null' | 'error';
  readonly tests: readonly DataTest[];
  readonly tags: readonly string[];
  readonly where: Place;
}

export interface Incremental {
  readonly cursor: CursorDefinition;
  /** Taken off the safe mark: milliseconds for cursors that tell time, a count for ids. */
  readonly lookback: number;
  /** Rows whose cursor is NULL: read each time, never read, or an error. */
  readonly nullCursor: 'include' | 'skip' | 'error';
  readonly where: Place;
}

/**
 * `ignore`: deleted rows stay. `soft_column`: the row is deleted once this column is not null (or true). With an interval (in
 * milliseconds) the keys of the source are compared with staging so often, and rows that are gone are removed.
 */
export type Deletes =
  | { readonly policy: 'ignore'; readonly detectEveryMs?: undefined }
  | { readonly policy: 'soft_column'; readonly column: string; readonly detectEveryMs?: number }
  | { readonly policy: 'detect'; readonly detectEveryMs: number };

/** How long the source keeps rows: one that vanishes when it is older was purged, and stays in staging as it is. */
export interface Retention {
  /** A staging column that tells a row's age. */
  readonly column: string;
  readonly afterMs: number;
}

export interface Model {
  readonly kind: 'model';
  readonly name: string;
  /** Equal to `name`: the published table or view. */
  readonly table: string;
  readonly pipeline: string;
  readonly description: string | undefined;
  /** Path of the template (of a seed, of its CSV file), relative to the project's root; for each engine with an override, that file. */
  readonly sqlFile: string;
  readonly sqlOverrides: Readonly<Record<string, string>>;
  readonly strategy: Strategy;
  /** Empty where the strategy needs none. */
  readonly key: readonly string[];
  /** merge: model columns that hold the key of the delta's upstream, in that key's order; `key` by default. */
  readonly deltaKey: readonly string[];
  /** merge: upstream -> columns of the delta's upstream that hold its key. */
  readonly affects: Readonly<Record<string, readonly string[]>>;
  readonly acceptStale: readonly string[];
  /** partition: how the rows are divided, and which partitions an upstream's change concerns. */
  readonly partition: Partitioning | undefined;
  /** snapshot: the column of the query that says since when the row is as it is. */
  readonly validFrom: string | undefined;
  /** snapshot: columns that become NULL in all versions of a row that is deleted in the source; undefined where not said. */
  readonly erase: readonly string[] | undefined;
  readonly onChange: 'rebuild' | 'error';
  readonly tests: readonly DataTest[];
  readonly columns: readonly ColumnDoc[];
  /** Where `contract: true` stands: `columns` are all columns that there are, with their types. */
  readonly contractAt: Place | undefined;
  readonly tags: readonly string[];
  readonly where: Place;
}

/** Strategy `partition`: the model is computed again for the partitions that changes concern ('dirty' ones), and only for them. */
export interface Partitioning {
  /** The model's column that tells a row's partition. */
  readonly by: string;
  /** Upstream -> what its changes make dirty. A changed upstream without an entry has the model rebuilt. */
  readonly from: Readonly<Record<string, PartitionMapping>>;
  /** How far beyond its own partition a change reaches. */
  readonly spread: PartitionSpread;
}

/** `column`: the upstream's own column holds the partition. `through`: another upstream's row does, whose key stands in `on`. */
export type PartitionMapping =
  | { readonly column: string }
  | { readonly through: string; readonly on: readonly string[] };

/** A change of partition d concerns d - before to d + after. Days and months go by dates or integers yyyymmdd, steps by numbers. */
export interface PartitionSpread {
  readonly before: number;
  readonly after: number;
  readonly unit: 'days' | 'months' | 'steps';
}

export interface ColumnDoc {
  readonly name: string;
  readonly description: string | undefined;
  /** The type that it must have, as the YAML says it: `integer`, `decimal(18,2)`. */
  readonly type: string | undefined;
  readonly where: Place;
  /** Of the type. */
  readonly typeAt: Place;
}

export interface Pipeline {
  readonly name: string;
  readonly file: string;
  readonly description: string | undefined;
  readonly timing: Timing | undefined;
  readonly sources: readonly Source[];
  readonly models: readonly Model[];
}

export type Step = Source | Model;

/** A model with what its template says: its references and both rendered forms. */
export interface CompiledModel {
  readonly model: Model;
  /** Tables named by `ref`, without those named by `delta`. */
  readonly refs: readonly string[];
  /** Tables named by `delta`. */
  readonly deltas: readonly string[];
  /** What it can depend on of the tables that it reads: changes of other columns pass it by. */
  readonly columnsRead: ColumnsRead;
  readonly usesAsOf: boolean;
  /** Template text and path that were rendered (the override of the engine where there is one). */
  readonly template: { readonly path: string; readonly text: string };
}

/** Everything the definitions say, in one frozen object. */
export interface Project {
  readonly root: string;
  readonly pipelines: readonly Pipeline[];
  /** By table name (`stg_messages`, `fact_message`). */
  readonly sources: ReadonlyMap<string, Source>;
  readonly models: ReadonlyMap<string, CompiledModel>;
  /** Table names in dependency order, sources first. */
  readonly order: readonly string[];
  /** Table name -> tables it reads. */
  readonly upstreams: ReadonlyMap<string, readonly string[]>;
  /** Shared SQL in `sql/macros`: name -> file and text. */
  readonly macros: ReadonlyMap<string, { readonly path: string; readonly text: string }>;
}
