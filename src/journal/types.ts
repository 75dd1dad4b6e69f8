/** Rows of the journal as `history` and `status` read them. */
import type { RunStatus, StepStatus } from '../run/events.js';

/** Rows moved and approximate bytes read: of a step, or of all steps of a run. */
export interface RowCounts {
  readonly rowsRead: number;
  readonly rowsInserted: number;
  readonly rowsUpdated: number;
  readonly rowsDeleted: number;
  readonly rowsUnchanged: number;
  readonly bytes: number;
}

/** What it takes to go on with a run. */
export interface RunFlags {
  readonly atomicity: 'run' | 'step';
  readonly fullRefresh: boolean;
  readonly reload: readonly string[];
  readonly detect: readonly string[];
  /** `YYYY-MM-DD HH:MM:SS` in the analytic zone. */
  readonly asOf: string;
  /** All steps that the run was to take, in order. */
  readonly steps: readonly string[];
}

export interface RunRow extends RowCounts {
  readonly runId: string;
  readonly batch: number;
  readonly status: RunStatus;
  readonly trigger: string;
  readonly pipelines: readonly string[];
  /** `--select` and `--exclude`, as they were written; undefined for all steps of the pipelines. */
  readonly selection: string | undefined;
  /** Undefined for runs of older versions. */
  readonly flags: RunFlags | undefined;
  /** UTC, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly startedAt: string;
  readonly endedAt: string | undefined;
  readonly durationMs: number | undefined;
  /** The most attempts a step of the run needed. */
  readonly attempt: number;
  readonly host: string;
  readonly pid: number;
  readonly toolVersion: string;
  readonly definitionsHash: string;
  readonly errorCode: string | undefined;
  readonly errorText: string | undefined;
  /** `path:line:column` of the error. */
  readonly errorPlace: string | undefined;
}

export interface StepRow extends RowCounts {
  readonly runId: string;
  readonly batch: number;
  readonly step: string;
  readonly kind: 'source' | 'model';
  readonly pipeline: string;
  readonly action: string;
  readonly status: StepStatus;
  /** Why the plan chose the action, joined by `; `. */
  readonly reasons: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly durationMs: number;
  readonly cursorFrom: string | undefined;
  readonly cursorTo: string | undefined;
  readonly attempt: number;
  readonly errorCode: string | undefined;
  readonly errorText: string | undefined;
  readonly errorPlace: string | undefined;
}

/** When a step last ended well, `YYYY-MM-DD HH:MM:SS.ffffff` UTC, and in which batch. */
export interface StepSuccess {
  readonly step: string;
  readonly batch: number;
  readonly at: string;
}
