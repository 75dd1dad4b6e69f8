/** The report of a step. */
import { noRows } from '../load/apply.js';
import type { PlanStep, StepAction } from '../plan/types.js';
import type { StepReport } from './events.js';

/** A report of a step that has not counted anything yet. */
export function emptyReport(step: PlanStep, action: StepAction, startedAt: Date): StepReport {
  return {
    step: step.step,
    kind: step.kind,
    pipeline: step.pipeline,
    action,
    status: 'succeeded',
    reasons: step.reasons,
    startedAt: startedAt.toISOString(),
    durationMs: 0,
    rowsRead: 0,
    rowsInserted: noRows.inserted,
    rowsUpdated: noRows.updated,
    rowsDeleted: noRows.deleted,
    rowsUnchanged: 0,
    bytes: 0,
    cursorFrom: undefined,
    cursorTo: undefined,
    attempt: 1,
    warnings: step.warnings,
    error: undefined,
  };
}
