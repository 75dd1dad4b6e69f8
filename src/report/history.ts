/** Runs and their steps of the journal as tables. */
import type { RunRow, StepRow } from '../journal/types.js';
import { formatCount, formatDuration } from './format.js';
import type { Paint } from './paint.js';
import { formatTable, type TableColumn } from './table.js';

const runColumns: readonly TableColumn[] = [
  { title: 'run', align: 'right' },
  { title: 'started (UTC)', align: 'left' },
  { title: 'status', align: 'left' },
  { title: 'by', align: 'left' },
  { title: 'steps of', align: 'left', maxWidth: 22 },
  { title: 'rows read', align: 'right' },
  { title: 'changed', align: 'right' },
  { title: 'time', align: 'right' },
];

const stepColumns: readonly TableColumn[] = [
  { title: '   step', align: 'left', maxWidth: 36 },
  { title: 'action', align: 'left' },
  { title: 'status', align: 'left' },
  { title: 'rows read', align: 'right' },
  { title: 'changed', align: 'right' },
  { title: 'time', align: 'right' },
];

/** The newest run first; with `steps`, each run's steps and errors below it. */
export function formatHistory(runs: readonly RunRow[], steps: readonly StepRow[] | undefined, paint: Paint): string {
  if (runs.length === 0) return 'no runs yet';
  if (steps === undefined)
    return [
      formatTable(
        runColumns,
        runs.map((row) => runCells(row, paint)),
        paint,
      ),
      ...errors(runs, paint),
    ].join('\n');
  return runs
    .map((row) =>
      [
        formatTable(runColumns, [runCells(row, paint)], paint),
        formatTable(stepColumns, steps.filter(({ runId }) => runId === row.runId).map(stepCells), paint),
        ...errors([row], paint),
      ].join('\n'),
    )
    .join('\n\n');
}

/** What the run was to do: `all`, pipelines, or what `--select` named. */
function chosen({ pipelines, selection }: RunRow): string {
  const parts = [
    ...(pipelines.length === 0 ? [] : [pipelines.join(', ')]),
    ...(selection === undefined ? [] : [selection]),
  ];
  return parts.length === 0 ? 'all' : parts.join(': ');
}

function runCells(run: RunRow, paint: Paint): readonly string[] {
  return [
    String(run.batch),
    run.startedAt.slice(0, 19),
    run.status === 'succeeded' ? paint.green(run.status) : paint.red(run.status),
    run.trigger,
    chosen(run),
    formatCount(run.rowsRead),
    formatCount(changed(run)),
    run.durationMs === undefined ? '' : formatDuration(run.durationMs),
  ];
}

function stepCells(step: StepRow): readonly string[] {
  return [
    `   ${step.step}`,
    step.action,
    step.status,
    formatCount(step.rowsRead),
    formatCount(changed(step)),
    formatDuration(step.durationMs),
  ];
}

function changed(counts: { rowsInserted: number; rowsUpdated: number; rowsDeleted: number }): number {
  return counts.rowsInserted + counts.rowsUpdated + counts.rowsDeleted;
}

function errors(runs: readonly RunRow[], paint: Paint): readonly string[] {
  return runs
    .filter(({ status, errorText }) => status !== 'cancelled' && errorText !== undefined)
    .map(({ batch, errorCode, errorText, errorPlace }) => {
      const parts = [
        errorCode === undefined ? undefined : `[${errorCode}]`,
        errorText?.replace(/\s*\n\s*/g, ' '),
        errorPlace,
      ];
      return paint.red(`✖ run ${batch}: ${parts.filter((part) => part !== undefined).join(' ')}`);
    });
}
