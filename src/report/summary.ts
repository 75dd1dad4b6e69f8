/** The end of a run: a table of its steps and a sentence. At most 100 columns wide. */
import type { RunReport, RunStatus, StepReport } from '../run/events.js';
import { formatError } from './error.js';
import { formatBytes, formatCount, formatDuration, formatRows, plural } from './format.js';
import { ownWarnings } from './moves.js';
import type { Paint } from './paint.js';
import { stepMark } from './step-line.js';
import { formatTable, type TableColumn } from './table.js';

const columns: readonly TableColumn[] = [
  { title: ' ', align: 'left' },
  { title: 'step', align: 'left', maxWidth: 32 },
  { title: 'action', align: 'left' },
  { title: 'rows read', align: 'right' },
  { title: 'inserted', align: 'right' },
  { title: 'updated', align: 'right' },
  { title: 'deleted', align: 'right' },
  { title: 'time', align: 'right' },
];

/** The whole summary, without a newline at the end; secrets are masked in the report already. */
export function formatSummary(report: RunReport, paint: Paint): string {
  const shown = report.steps.filter((step) => step.status !== 'skipped');
  const skipped = report.steps.length - shown.length;
  const table =
    shown.length === 0
      ? []
      : [
          formatTable(
            columns,
            shown.map((step) => cells(step, paint)),
            paint,
          ),
          '',
        ];
  return [
    ...table,
    ...(skipped === 0 ? [] : [paint.dim(`${plural(skipped, 'step')} skipped: nothing to do`)]),
    ...warningLines(report, paint),
    ...errorLines(report, paint),
    closingLine(report, shown, paint),
  ].join('\n');
}

function cells(step: StepReport, paint: Paint): readonly string[] {
  return [
    stepMark(step.status, paint),
    step.step,
    step.action,
    blankZero(step.rowsRead),
    blankZero(step.rowsInserted),
    blankZero(step.rowsUpdated),
    blankZero(step.rowsDeleted),
    step.durationMs === 0 ? '' : formatDuration(step.durationMs),
  ];
}

function blankZero(count: number): string {
  return count === 0 ? '' : formatCount(count);
}

function warningLines(report: RunReport, paint: Paint): readonly string[] {
  const ofSteps = report.steps.flatMap((step) => step.warnings.map(({ message }) => `${step.step}: ${message}`));
  return [...ownWarnings(report), ...ofSteps].map((message) => paint.yellow(`! ${message}`));
}

/** Every failed step's error, and the run's own where it is none of theirs. */
function errorLines(report: RunReport, paint: Paint): readonly string[] {
  const failed = report.steps.filter((step) => step.error !== undefined);
  const ofSteps = failed.map((step) => step.error).filter((error) => error !== undefined);
  const own = report.error !== undefined && !ofSteps.some((error) => error.message === report.error?.message);
  const errors = [...ofSteps, ...(own && report.error !== undefined ? [report.error] : [])];
  // What a cancelled statement answers is no news.
  const news = errors.filter(({ code }) => code !== 'CANCELLED');
  return news.map((error) => `${formatError(error, paint)}\n`);
}

const verdicts: Readonly<Record<RunStatus, string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
  interrupted: 'was interrupted',
  running: 'is still running',
};

function closingLine(report: RunReport, shown: readonly StepReport[], paint: Paint): string {
  const colour = report.status === 'succeeded' ? paint.green : paint.red;
  const rowsRead = shown.reduce((total, step) => total + step.rowsRead, 0);
  const bytes = shown.reduce((total, step) => total + step.bytes, 0);
  const name = report.batch > 0 ? `Run ${report.batch}` : 'The run';
  const head = colour(`${name} ${verdicts[report.status]} in ${formatDuration(report.durationMs)}`);
  const size = bytes > 0 ? ` (${formatBytes(bytes)})` : '';
  return `${head}: ${plural(shown.length, 'step')}, ${formatRows(rowsRead)} read${size}`;
}
