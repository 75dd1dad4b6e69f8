/** Progress where there is no terminal: a line per finished step, none for skipped ones. */

import { maskSecrets } from '../mask.js';
import type { SourceComparison } from '../run/comparison.js';
import type { RunEvent } from '../run/events.js';
import { formatBytes, formatDuration, formatRows, plural } from './format.js';
import type { Paint } from './paint.js';
import type { Reporter, Write } from './reporter.js';
import { rowsDiffering } from './rows-differing.js';
import { formatStepLine } from './step-line.js';
import { formatSample } from './tests.js';

const indent = '  ';

export interface PlainLinesOptions {
  readonly paint: Paint;
  readonly secrets: readonly string[];
}

export function plainLinesReporter(write: Write, options: PlainLinesOptions): Reporter {
  let nameWidth = 0;
  return {
    onEvent: (event) => {
      if (event.type === 'run-started') nameWidth = Math.max(0, ...event.plan.steps.map(({ step }) => step.length));
      const line = formatEventLine(event, nameWidth, options.paint);
      if (line !== undefined) write(`${maskSecrets(line, options.secrets)}\n`);
    },
    close: () => {},
  };
}

/** Undefined for events that are not worth a line. The run's end is the summary's. */
export function formatEventLine(
  event: RunEvent,
  nameWidth: number,
  paint: Paint,
  width = Number.POSITIVE_INFINITY,
): string | undefined {
  switch (event.type) {
    case 'run-started':
      return `run ${event.batch} started: ${plural(event.plan.steps.length, 'step')}`;
    case 'step-finished':
      return event.report.status === 'skipped' ? undefined : formatStepLine(event.report, nameWidth, paint);
    case 'comparison-started':
      return `comparing ${plural(event.sources, 'source')}`;
    case 'compared':
      return comparedLine(event.comparison, paint);
    case 'step-retry':
      return paint.yellow(`! ${event.step}: attempt ${event.attempt} follows: ${event.error.message}`);
    case 'test-failed':
      return testLines(event, paint, width);
    case 'warning':
      return paint.yellow(`! ${event.step === undefined ? '' : `${event.step}: `}${event.message}`);
    case 'paused':
      return paint.yellow(`‖ reading from ${event.connection} pauses: ${event.reason}`);
    case 'resumed':
      return `reading from ${event.connection} goes on after ${formatDuration(event.pausedMs)}`;
    case 'copy-published':
      return `copied the warehouse for readers: ${formatBytes(event.bytes)}, ${formatDuration(event.durationMs)}, ${event.path}`;
    default:
      return undefined;
  }
}

function comparedLine(comparison: SourceComparison, paint: Paint): string {
  const rows = rowsDiffering(comparison);
  const text = `${comparison.step}: ${formatRows(comparison.rowsCompared)} compared`;
  if (rows === 0) return `${paint.green('✔')} ${text}, none differs`;
  return paint.yellow(`! ${text}, ${formatRows(rows)} ${rows === 1 ? 'differs' : 'differ'}`);
}

/** With a few of the rows, which no log keeps. */
function testLines(event: Extract<RunEvent, { type: 'test-failed' }>, paint: Paint, width: number): string {
  const text = `${event.step}: test ${event.test} found ${plural(event.rows, 'row')}`;
  const line = event.severity === 'error' ? paint.red(`✖ ${text}`) : paint.yellow(`! ${text}`);
  if (event.sample.length === 0) return line;
  const rows = formatSample(event.sample, width - indent.length, paint);
  return [line, ...rows.split('\n').map((row) => `${indent}${row}`.trimEnd())].join('\n');
}
