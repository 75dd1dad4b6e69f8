/**
 * The daily log file `etl_log_YYYY-MM-DD.log`: a line an event, for people or as JSON. Only ever appended to, a whole line a write,
 * so that several processes may share it. Days and times are UTC.
 */
import { appendFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { maskSecrets } from '../mask.js';
import type { ErrorReport, RunEvent, RunReport, StepReport } from '../run/events.js';
import { formatBytes, formatRate, formatRows, plural } from './format.js';
import { jsonLine } from './json-lines.js';
import { formatChanges, formatHandled, ownWarnings, rowsHandled } from './moves.js';
import type { Reporter } from './reporter.js';

export interface LogFileOptions {
  readonly folder: string;
  /** Files older than this many days are removed. */
  readonly keepDays: number;
  readonly format: 'text' | 'json';
  readonly secrets: readonly string[];
  readonly now: () => number;
  /** Told once where the log cannot be written: a full disk must not stop a run. */
  readonly onProblem: (message: string) => void;
}

type Level = 'INFO' | 'WARN' | 'ERROR';

export function logFileReporter(options: LogFileOptions): Reporter {
  let broken = false;
  const guarded = (work: () => void) => {
    if (broken) return;
    try {
      work();
    } catch (thrown) {
      broken = true;
      options.onProblem(`the log file cannot be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  };
  guarded(() => {
    mkdirSync(options.folder, { recursive: true });
    removeOldLogs(options.folder, options.keepDays, options.now());
  });
  return {
    onEvent: (event) => {
      const lines = options.format === 'json' ? jsonLines(event, options) : textLines(event, options);
      if (lines === '') return;
      guarded(() => appendFileSync(join(options.folder, logFileName(options.now())), lines));
    },
    close: () => {},
  };
}

/** `etl_log_2024-03-01.log` */
export function logFileName(now: number): string {
  return `etl_log_${new Date(now).toISOString().slice(0, 10)}.log`;
}

function removeOldLogs(folder: string, keepDays: number, now: number): void {
  const oldestKept = logFileName(now - keepDays * 86_400_000);
  for (const name of readdirSync(folder)) {
    // Names sort by day. Another process may have removed the file already.
    if (/^etl_log_\d{4}-\d\d-\d\d\.log$/.test(name) && name < oldestKept) rmSync(join(folder, name), { force: true });
  }
}

function jsonLines(event: RunEvent, options: LogFileOptions): string {
  return event.type === 'step-progress' ? '' : `${jsonLine(event, options)}\n`;
}

function textLines(event: RunEvent, options: LogFileOptions): string {
  const time = new Date(options.now()).toISOString().replace('T', ' ');
  return messages(event)
    .map(([level, message]) => `${time} ${level.padEnd(5)} ${maskSecrets(message, options.secrets)}\n`)
    .join('');
}

function messages(event: RunEvent): readonly (readonly [Level, string])[] {
  switch (event.type) {
    case 'run-started': {
      const { plan, batch, runId } = event;
      const how = `atomicity ${plan.atomicity}, as of ${plan.asOf}`;
      return [['INFO', `run ${batch} started: id ${runId}, ${plural(plan.steps.length, 'step')}, ${how}`]];
    }
    case 'stage':
      return [['INFO', `stage ${event.stage}`]];
    case 'step-started':
      return [['INFO', `${event.step}: ${event.action} started`]];
    case 'step-retry':
      return [['WARN', `${event.step}: attempt ${event.attempt} follows: ${oneLine(event.error)}`]];
    case 'compared': {
      const { step, rowsCompared, rowsMissing, rowsStale, rowsExtra } = event.comparison;
      const found = `${rowsMissing} missing, ${rowsStale} stale, ${rowsExtra} extra`;
      return [['INFO', `${step}: compared ${plural(rowsCompared, 'row')} with the source: ${found}`]];
    }
    case 'step-finished':
      return stepMessages(event.report);
    case 'test-failed': {
      const text = `${event.step}: test ${event.test} found ${plural(event.rows, 'row')}`;
      return [[event.severity === 'error' ? 'ERROR' : 'WARN', text]];
    }
    case 'warning':
      return [['WARN', event.step === undefined ? event.message : `${event.step}: ${event.message}`]];
    case 'run-finished':
      return runMessages(event.report);
    case 'paused':
      return [['INFO', `reading from ${event.connection} pauses: ${event.reason}`]];
    case 'resumed':
      return [['INFO', `reading from ${event.connection} goes on after ${Math.round(event.pausedMs)} ms`]];
    case 'copy-published': {
      const { bytes, durationMs, path } = event;
      return [
        ['INFO', `copied the warehouse for readers: ${formatBytes(bytes)}, ${Math.round(durationMs)} ms, ${path}`],
      ];
    }
    default:
      return [];
  }
}

function stepMessages(step: StepReport): readonly (readonly [Level, string])[] {
  const warnings = step.warnings.map(({ message }) => ['WARN', `${step.step}: ${message}`] as const);
  if (step.error !== undefined) return [...warnings, ['ERROR', `${step.step}: ${step.status}: ${oneLine(step.error)}`]];
  if (step.status !== 'succeeded') {
    return [...warnings, ['INFO', [`${step.step}: ${step.status}`, ...step.reasons].join(', ')]];
  }
  const figures = [
    formatHandled(step),
    formatChanges(step),
    step.bytes > 0 ? formatBytes(step.bytes) : undefined,
    `${Math.round(step.durationMs)} ms`,
    formatRate(rowsHandled(step), step.durationMs),
    step.cursorTo === undefined ? undefined : `cursor ${step.cursorFrom ?? 'start'} to ${step.cursorTo}`,
    step.attempt > 1 ? `attempt ${step.attempt}` : undefined,
  ].filter((figure) => figure !== undefined);
  return [...warnings, ['INFO', `${step.step}: ${step.action} done: ${figures.join(', ')}`]];
}

function runMessages(report: RunReport): readonly (readonly [Level, string])[] {
  const warnings = ownWarnings(report).map((message) => ['WARN', message] as const);
  const rows = report.steps.reduce((total, step) => total + step.rowsRead, 0);
  const rate = formatRate(rows, report.durationMs);
  const figures = [
    `${formatRows(rows)} read`,
    `${Math.round(report.durationMs)} ms`,
    ...(rate === undefined ? [] : [rate]),
  ];
  const name = report.batch > 0 ? `run ${report.batch}` : 'a run';
  const end = `${name} ${report.status}: started ${report.startedAt}, ${figures.join(', ')}`;
  if (report.error === undefined) return [...warnings, [report.status === 'succeeded' ? 'INFO' : 'ERROR', end]];
  return [...warnings, ['ERROR', `${end}: ${oneLine(report.error)}`]];
}

function oneLine(error: ErrorReport): string {
  const parts = [`[${error.code}]`, error.message.replace(/\s*\n\s*/g, ' ')];
  if (error.where !== undefined) parts.push(`at ${error.where}`);
  if (error.hint !== undefined) parts.push(`(${error.hint})`);
  return parts.join(' ');
}
