/** What a run is asked to do. */
import type { Config } from '../config/types.js';
import type { OpenSettings, SourceDatabase, Warehouse } from '../engines/contract.js';
import type { Project } from '../pipeline/types.js';
import type { EventSink } from './events.js';

/** Days `YYYY-MM-DD`, both included. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

/** Which steps, and how. */
export interface Selection {
  /** Pipeline names; empty for all. */
  readonly pipelines: readonly string[];
  /** False: only the named pipelines' own steps, without what they need. */
  readonly withUpstreams: boolean;
  /** Expressions of `--select`: of the pipelines' steps those that any of them names; all where there is none. */
  readonly select?: readonly string[];
  /** Expressions of `--exclude`: steps to leave out. */
  readonly exclude?: readonly string[];
  /** Models are rebuilt from staging; snapshots and history stay. */
  readonly fullRefresh: boolean;
  /** Sources (by table name) to read again from the start. */
  readonly reload: readonly string[];
  /** Sources (by table name) whose deletes are looked for whether due or not. */
  readonly detect?: readonly string[];
  /** The partitions of these days are computed again, whether anything changed or not; `select` names the one model. */
  readonly backfill?: DayRange;
  /** Instead of all that: these steps, which another run has left undone. */
  readonly resume?: { readonly batch: number; readonly steps: readonly string[] };
  /** Only these sources (by table name) are read, and compared with staging. */
  readonly reconcile?: { readonly sources: readonly string[]; readonly mode: 'report' | 'repair' };
}

/** What a run opens in the place of the databases that the config names. */
export interface RunDatabases {
  openWarehouse(settings: OpenSettings): Promise<Warehouse>;
  openSource(connection: string, settings: OpenSettings): Promise<SourceDatabase>;
}

export interface RunOptions {
  readonly config: Config;
  readonly project: Project;
  /** Those of the project's definitions, where they are known already. */
  readonly fingerprints?: ReadonlyMap<string, string> | undefined;
  readonly selection: Selection;
  /** `cli`, `schedule`, `reconcile`, `backfill` or `demo`, for the journal. */
  readonly trigger: string;
  /** Overrides the run's start as the models' clock: `YYYY-MM-DD HH:MM:SS` in the analytic zone. */
  readonly asOf: string | undefined;
  /** True where it may begin in the quiet hours of a source. */
  readonly ignoreQuietHours?: boolean;
  /** Those of the config's connections by default. */
  readonly databases?: RunDatabases;
  /** What tells when the run begins and when rows were seen to be gone; the machine's clock by default. */
  readonly clock?: () => Date;
  readonly signal: AbortSignal;
  readonly onEvent: EventSink;
}
