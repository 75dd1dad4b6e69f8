/** Rows of the journal as `history` and `status` read them. */
import type { RunStatus, StepStatus } from '../run/events.js';

export interface RunRow {
  readonly runId: string;
  readonly batch: number;
  readonly status: RunStatus;
  readonly trigger: string;
  readonly pipelines: readonly string[];
  /** UTC, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly startedAt: string;
  readonly endedAt: string | undefined;
  readonly durationMs: number | undefined;
  readonly host: string;
  readonly pid: number;
  readonly toolVersion: string;
  readonly definitionsHash: string;
  readonly errorCode: string | undefined;
  readonly errorText: string | undefined;
}

export interface StepRow {
  readonly runId: string;
  readonly batch: number;
  readonly step: string;
  readonly pipeline: string;
  readonly action: string;
  readonly status: StepStatus;
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
  readonly errorCode: string | undefined;
  readonly errorText: string | undefined;
}
