/** What a backfill has done, chunk by chunk. */

import type { RunReport, StepReport } from '../run/events.js';
import type { DayRange } from '../run/options.js';
import { formatCount, formatDuration } from './format.js';
import type { Paint } from './paint.js';
import { formatTable, type TableColumn } from './table.js';

export interface BackfilledChunk extends DayRange {
  /** Undefined where an earlier attempt had done it. */
  readonly run: RunReport | undefined;
}

const counts = ['rowsInserted', 'rowsUpdated', 'rowsDeleted'] as const;

export function formatBackfill(model: string, chunks: readonly BackfilledChunk[], paint: Paint): string {
  const columns: readonly TableColumn[] = [
    { title: 'days', align: 'left' },
    { title: 'added', align: 'right' },
    { title: 'changed', align: 'right' },
    { title: 'removed', align: 'right' },
    { title: 'time', align: 'right' },
  ];
  const rows = chunks.map(({ from, to, run }) => {
    const step = run?.steps.find((each) => each.step === model);
    if (run === undefined || step === undefined) return [`${from} to ${to}`, '', '', '', 'done before'];
    return [`${from} to ${to}`, ...counts.map((count) => formatCount(step[count])), formatDuration(run.durationMs)];
  });
  const changed = chunks.some(({ run }) => run?.steps.some((step) => step.step === model && isChanged(step)));
  const rest = changed ? 'what reads it follows with the next run' : 'nothing differed';
  return `${formatTable(columns, rows, paint)}\n${paint.bold(model)}: ${rest}`;
}

function isChanged(step: StepReport): boolean {
  return counts.some((count) => step[count] > 0);
}
