/**
 * Writes the journal. A data transaction only inserts here, and updates only its own run's row, which nobody else touches:
 * an update of a row that another connection updates too is a conflict on DuckDB.
 */
import type { Dialect, Session } from '../engines/contract.js';
import type { WatermarkRecord } from '../extract/watermark.js';
import type { TableState } from '../plan/types.js';
import type { ErrorReport, RunReport, StepReport } from '../run/events.js';
import { insertRows, type JournalRow } from './insert.js';
import { positionTable, runTable, stepTable, tableStateTable, testFailureTable, watermarkTable } from './tables.js';
import { epochMsOf, nowText, timestampOf, timestampText } from './time.js';
import type { RunFlags } from './types.js';

export interface StartedRun {
  readonly runId: string;
  readonly batch: number;
  readonly trigger: string;
  /** Pipelines asked for; empty for all. */
  readonly pipelines: readonly string[];
  /** `--select` and `--exclude`, as they were written. */
  readonly selection: string | undefined;
  readonly flags: RunFlags;
  /** UTC, ISO 8601. */
  readonly startedAt: string;
  readonly host: string;
  readonly pid: number;
  readonly toolVersion: string;
  readonly definitionsHash: string;
}

const noRows = { rows_read: 0, rows_inserted: 0, rows_updated: 0, rows_deleted: 0, rows_unchanged: 0, bytes: 0 };

/** Writes the run's row with status `running`. */
export async function startRun(session: Session, dialect: Dialect, run: StartedRun): Promise<void> {
  await insertRows(session, dialect, runTable, [
    {
      run_id: run.runId,
      batch: run.batch,
      status: 'running',
      triggered_by: run.trigger,
      pipelines: run.pipelines.join(','),
      started_at: timestampText(run.startedAt),
      ...noRows,
      attempt: 1,
      host: run.host,
      pid: run.pid,
      tool_version: run.toolVersion,
      definitions_hash: run.definitionsHash,
      flags: JSON.stringify(run.flags),
      ...(run.selection === undefined ? {} : { selection: run.selection }),
    },
  ]);
}

/** Writes the end of a run into its own row. */
export async function finishRun(session: Session, dialect: Dialect, report: RunReport): Promise<void> {
  const values: JournalRow = {
    status: report.status,
    ended_at: timestampOf(epochMsOf(report.startedAt) + report.durationMs),
    duration_ms: Math.round(report.durationMs),
    ...sumOf(report.steps),
    attempt: Math.max(1, ...report.steps.map((step) => step.attempt)),
    ...errorColumns(report.error),
  };
  const columns = Object.keys(values);
  const assignments = columns.map((column) => `${dialect.identifier(column)} = ?`).join(', ');
  await session.execute(
    `update ${dialect.identifier(runTable.name)} set ${assignments} where ${dialect.identifier('run_id')} = ?`,
    [...columns.map((column) => values[column] ?? null), report.runId],
  );
}

export async function insertSteps(
  session: Session,
  dialect: Dialect,
  runId: string,
  batch: number,
  reports: readonly StepReport[],
): Promise<void> {
  const rows = reports.map((report) => ({
    run_id: runId,
    step: report.step,
    batch,
    kind: report.kind,
    pipeline: report.pipeline,
    action: report.action,
    status: report.status,
    reasons: report.reasons.join('; '),
    started_at: timestampText(report.startedAt),
    ended_at: timestampOf(epochMsOf(report.startedAt) + report.durationMs),
    duration_ms: Math.round(report.durationMs),
    ...sumOf([report]),
    cursor_from: report.cursorFrom,
    cursor_to: report.cursorTo,
    attempt: report.attempt,
    warnings: report.warnings.map((warning) => warning.message).join('\n'),
    ...errorColumns(report.error),
  }));
  await insertRows(session, dialect, stepTable, rows);
}

export interface SourceWatermark {
  /** The source's table, `stg_messages`. */
  readonly source: string;
  readonly record: WatermarkRecord;
}

export async function insertWatermarks(
  session: Session,
  dialect: Dialect,
  watermarks: readonly SourceWatermark[],
): Promise<void> {
  const rows = watermarks.map(({ source, record }) => ({
    source_table: source,
    batch: record.batch,
    read_from: record.from,
    seen: record.seen,
    safe: record.safe,
    horizon: timestampText(record.horizon),
    ended_at: timestampText(record.endedAt),
    held_by: record.heldBy,
    server_id: record.serverId,
    detected_at: record.detectedAt === undefined ? undefined : timestampText(record.detectedAt),
    table_id: record.tableId,
  }));
  await insertRows(session, dialect, watermarkTable, rows);
}

export interface MovedPosition {
  readonly model: string;
  readonly upstream: string;
  /** The upstream's newest batch that the model has taken in. */
  readonly consumedBatch: number;
  readonly fingerprint: string;
  /** The batch of the run that moved it. */
  readonly batch: number;
}

export async function insertPositions(
  session: Session,
  dialect: Dialect,
  positions: readonly MovedPosition[],
): Promise<void> {
  const rows = positions.map((position) => ({
    model: position.model,
    upstream: position.upstream,
    batch: position.batch,
    consumed_batch: position.consumedBatch,
    fingerprint: position.fingerprint,
  }));
  await insertRows(session, dialect, positionTable, rows);
}

export interface ChangedTableState {
  readonly table: string;
  readonly batch: number;
  readonly state: TableState;
}

export async function insertTableStates(
  session: Session,
  dialect: Dialect,
  states: readonly ChangedTableState[],
): Promise<void> {
  const rows = states.map(({ table, batch, state }) => ({
    table_name: table,
    batch,
    fingerprint: state.fingerprint,
    rebuilt_batch: state.rebuiltBatch,
    changed_batch: state.changedBatch,
    as_of: state.asOf,
    log_since: state.logSince,
  }));
  await insertRows(session, dialect, tableStateTable, rows);
}

export interface TestFailure {
  readonly runId: string;
  readonly step: string;
  readonly test: string;
  readonly severity: 'error' | 'warn';
  readonly rowsFailed: number;
  /** A few of the rows, as JSON. */
  readonly sample: string;
}

export async function insertTestFailures(
  session: Session,
  dialect: Dialect,
  failures: readonly TestFailure[],
): Promise<void> {
  const rows = failures.map((failure) => ({
    run_id: failure.runId,
    step: failure.step,
    test: failure.test,
    severity: failure.severity,
    rows_failed: failure.rowsFailed,
    sample: failure.sample,
  }));
  await insertRows(session, dialect, testFailureTable, rows);
}

/** Empties the samples that are kept of failing rows of these steps. */
export async function clearSamples(session: Session, dialect: Dialect, steps: readonly string[]): Promise<void> {
  const [table, step, sample] = [testFailureTable.name, 'step', 'sample'].map(dialect.identifier);
  const listed = steps.map(() => '?').join(', ');
  await session.execute(
    `update ${table} set ${sample} = '[]' where ${step} in (${listed}) and ${sample} <> '[]'`,
    steps,
  );
}

/** Marks runs that are still `running` while we hold the lease: they died. Call it before `startRun`; the number of runs marked. */
export async function markInterrupted(session: Session, dialect: Dialect): Promise<number> {
  const id = dialect.identifier;
  return session.execute(
    `update ${id(runTable.name)} set ${id('status')} = 'interrupted', ${id('ended_at')} = ?,` +
      ` ${id('error_text')} = 'the process ended without a word' where ${id('status')} = 'running'`,
    [nowText()],
  );
}

function sumOf(steps: readonly StepReport[]): JournalRow {
  const sum = (of: (step: StepReport) => number) => steps.reduce((total, step) => total + of(step), 0);
  return {
    rows_read: sum((step) => step.rowsRead),
    rows_inserted: sum((step) => step.rowsInserted),
    rows_updated: sum((step) => step.rowsUpdated),
    rows_deleted: sum((step) => step.rowsDeleted),
    rows_unchanged: sum((step) => step.rowsUnchanged),
    bytes: sum((step) => step.bytes),
  };
}

function errorColumns(error: ErrorReport | undefined): JournalRow {
  return { error_code: error?.code, error_text: error?.message, error_place: error?.where };
}
