/** What a run tells while it goes, and what it returns. Reporters turn these into a screen, JSON lines and log files. */
import type { ResultRow } from '../engines/types.js';
import type { ErrorCode, Problem } from '../errors.js';
import type { Plan, StepAction } from '../plan/types.js';
import type { SourceComparison } from './comparison.js';

export type StepStatus = 'succeeded' | 'skipped' | 'failed' | 'cancelled' | 'blocked';
export type RunStatus = 'succeeded' | 'failed' | 'cancelled' | 'interrupted' | 'running';

/** An error as it is journaled and printed: secrets are already masked. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  /** `path:line:column`. */
  readonly where: string | undefined;
  readonly sourceLine: string | undefined;
  readonly hint: string | undefined;
  readonly sql: string | undefined;
  /** The line of `sql` that is wrong, from 1. */
  readonly sqlLine?: number | undefined;
}

export interface StepReport {
  readonly step: string;
  readonly kind: 'source' | 'model';
  readonly pipeline: string;
  readonly action: StepAction;
  readonly status: StepStatus;
  readonly reasons: readonly string[];
  readonly startedAt: string;
  readonly durationMs: number;
  readonly rowsRead: number;
  readonly rowsInserted: number;
  readonly rowsUpdated: number;
  readonly rowsDeleted: number;
  readonly rowsUnchanged: number;
  readonly bytes: number;
  readonly cursorFrom: string | undefined;
  readonly cursorTo: string | undefined;
  readonly attempt: number;
  readonly warnings: readonly Problem[];
  readonly error: ErrorReport | undefined;
}

export interface RunReport {
  readonly runId: string;
  readonly batch: number;
  readonly status: RunStatus;
  /** `cli`, `schedule`, `reconcile`, `demo`. */
  readonly trigger: string;
  /** Pipelines asked for; empty for all. */
  readonly pipelines: readonly string[];
  /** `--select` and `--exclude`, as they were written. */
  readonly selection: string | undefined;
  /** UTC, ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly steps: readonly StepReport[];
  readonly warnings: readonly Problem[];
  readonly error: ErrorReport | undefined;
}

export type RunEvent =
  | {
      readonly type: 'run-started';
      readonly runId: string;
      readonly batch: number;
      readonly plan: Plan;
      readonly at: string;
    }
  | { readonly type: 'step-started'; readonly step: string; readonly action: StepAction; readonly at: string }
  | { readonly type: 'step-progress'; readonly step: string; readonly rows: number; readonly bytes: number }
  | {
      readonly type: 'step-retry';
      readonly step: string;
      /** The attempt that comes next, after a wait. */
      readonly attempt: number;
      readonly error: ErrorReport;
      readonly waitMs: number;
    }
  | { readonly type: 'step-finished'; readonly report: StepReport }
  /** Sources are compared with staging, and nothing else happens. */
  | { readonly type: 'comparison-started'; readonly sources: number; readonly at: string }
  /** Rows of a source that have been summed up so far to compare them with staging; a second look counts them again. */
  | { readonly type: 'compare-progress'; readonly step: string; readonly rows: number }
  | { readonly type: 'compared'; readonly comparison: SourceComparison }
  | {
      readonly type: 'test-failed';
      readonly step: string;
      readonly test: string;
      readonly severity: 'error' | 'warn';
      readonly rows: number;
      /** A few of the rows. */
      readonly sample: readonly ResultRow[];
    }
  | {
      readonly type: 'stage';
      readonly stage: 'extract' | 'prepare' | 'transform' | 'test' | 'commit' | 'publish' | 'clean-up';
    }
  /** Reading of a connection pauses because its server is busy, and goes on. */
  | { readonly type: 'paused'; readonly connection: string; readonly reason: string }
  | { readonly type: 'resumed'; readonly connection: string; readonly pausedMs: number }
  | { readonly type: 'warning'; readonly message: string; readonly step: string | undefined }
  | { readonly type: 'run-finished'; readonly report: RunReport }
  /** After the end of a run: a copy of its warehouse for readers. */
  | { readonly type: 'copy-started'; readonly bytes: number }
  | { readonly type: 'copy-published'; readonly path: string; readonly bytes: number; readonly durationMs: number };

export type EventSink = (event: RunEvent) => void;
