/** A step as one line: the same words on a terminal, in plain output and in log files. */
import type { StepReport, StepStatus } from '../run/events.js';
import { formatDuration, formatRate } from './format.js';
import { formatChanges, formatHandled, rowsHandled } from './moves.js';
import type { Paint } from './paint.js';

const marks: Readonly<Record<StepStatus, string>> = {
  succeeded: '✔',
  skipped: '-',
  failed: '✖',
  cancelled: '■',
  blocked: '■',
};

export function stepMark(status: StepStatus, paint: Paint): string {
  const colour = status === 'succeeded' ? paint.green : status === 'failed' ? paint.red : paint.dim;
  return colour(marks[status]);
}

/** `✔ stg_messages  read  1,200 rows read, +1,000 ~200, 0.4 s, 3.0k rows/s` */
export function formatStepLine(step: StepReport, nameWidth: number, paint: Paint): string {
  const head = `${stepMark(step.status, paint)} ${step.step.padEnd(nameWidth)} ${paint.dim(step.action.padEnd(7))}`;
  return `${head} ${outcome(step, paint)}`;
}

function outcome(step: StepReport, paint: Paint): string {
  if (step.status === 'failed') return paint.red(step.error?.message.split('\n')[0] ?? 'failed');
  if (step.status !== 'succeeded') return paint.dim([step.status, ...step.reasons.slice(0, 1)].join(': '));
  const parts = [
    formatHandled(step),
    formatChanges(step),
    formatDuration(step.durationMs),
    formatRate(rowsHandled(step), step.durationMs),
    step.attempt > 1 ? `attempt ${step.attempt}` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}
