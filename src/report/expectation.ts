/** What a step of a plan is expected to take, for people. */
import type { UsualWork } from '../journal/usual-work.js';
import type { PlanStep } from '../plan/types.js';
import { formatDuration, formatRows, plural } from './format.js';

/** Undefined for a step with nothing to do. `usual` is what the journal knows of the step with this action. */
export function formatExpectation({ kind, action }: PlanStep, usual: UsualWork | undefined): string | undefined {
  if (action === 'skip') return undefined;
  if (usual === undefined) return `expects: unknown, no ${action} of it has succeeded yet`;
  const { runs, rowsRead, rowsChanged, durationMs } = usual;
  const rows = kind === 'source' ? `${formatRows(rowsRead)} read, ` : '';
  const basis = runs === 1 ? `as its last ${action}` : `the average of its last ${plural(runs, action)}`;
  return `expects: ${rows}${formatRows(rowsChanged)} changed, ${formatDuration(durationMs)}, ${basis}`;
}
