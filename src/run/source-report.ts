/** What a run reports of a source that it has read and merged. */
import type { RowCounts } from '../load/apply.js';
import type { Target } from '../load/target.js';
import type { PlanStep } from '../plan/types.js';
import type { RunContext } from './context.js';
import type { StepReport } from './events.js';
import type { SourceRead } from './read-source.js';
import { readWarnings } from './read-warnings.js';
import { emptyReport } from './step-report.js';

/** @param mergeMs beyond the time of the read */
export function sourceReport(
  { engine }: RunContext,
  step: PlanStep,
  read: SourceRead,
  { target, counts, mergeMs }: { readonly target: Target; readonly counts: RowCounts; readonly mergeMs: number },
): StepReport {
  const { extracted } = read;
  return {
    ...emptyReport(step, step.action, read.startedAt),
    durationMs: read.durationMs + mergeMs,
    rowsRead: extracted.rows,
    rowsInserted: counts.inserted,
    rowsUpdated: counts.updated,
    rowsDeleted: counts.deleted,
    rowsUnchanged: Math.max(0, extracted.rows - counts.inserted - counts.updated),
    bytes: extracted.bytes,
    cursorFrom: extracted.record?.from,
    cursorTo: extracted.record?.seen,
    attempt: read.attempt,
    warnings: readWarnings(read, target, engine.capabilities, counts),
  };
}
