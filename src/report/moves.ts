/** What steps and runs did, in a few words. */
import type { RunReport, StepReport } from '../run/events.js';
import { formatCount, formatRows } from './format.js';

/** `+1,200 ~30 -5`: rows inserted, updated, deleted; `no change` where there was none. */
export function formatChanges(step: StepReport): string {
  const parts = [
    step.rowsInserted > 0 ? `+${formatCount(step.rowsInserted)}` : '',
    step.rowsUpdated > 0 ? `~${formatCount(step.rowsUpdated)}` : '',
    step.rowsDeleted > 0 ? `-${formatCount(step.rowsDeleted)}` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'no change' : parts.join(' ');
}

/** Rows that a step handled: read by a source, written by a model. */
export function rowsHandled(step: StepReport): number {
  const written = step.rowsInserted + step.rowsUpdated + step.rowsDeleted;
  return step.kind === 'source' ? step.rowsRead : Math.max(written, step.rowsRead);
}

/** `1,200 rows read`, `1,200 rows written` */
export function formatHandled(step: StepReport): string {
  if (step.kind === 'source') return `${formatRows(step.rowsRead)} read`;
  return `${formatRows(step.rowsInserted + step.rowsUpdated + step.rowsDeleted)} written`;
}

/** The warnings of a run that are none of its steps' own. */
export function ownWarnings(report: RunReport): readonly string[] {
  const ofSteps = new Set(report.steps.flatMap((step) => step.warnings));
  return report.warnings.filter((warning) => !ofSteps.has(warning)).map(({ message }) => message);
}
