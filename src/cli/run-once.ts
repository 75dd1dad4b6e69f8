/** One run with its reports: what `run` does once and `schedule` again and again. */

import { resolve } from 'node:path';
import { logFileReporter } from '../report/log-file.js';
import { noPaint, paintFor } from '../report/paint.js';
import { allReporters, type Reporter } from '../report/reporter.js';
import { terminalReporter } from '../report/terminal.js';
import type { EventSink, RunEvent, RunReport } from '../run/events.js';
import type { Selection } from '../run/options.js';
import { run } from '../run/run.js';
import { type CommonArguments, printData, printJson, say } from './common.js';
import { exitCodeOf, exitCodes } from './exit.js';
import { catchInterrupt } from './interrupt.js';
import { noticeAfterRun } from './notices.js';
import type { OpenedProject } from './project.js';
import { restOfLastRun } from './resume.js';
import type { RunArguments } from './run.js';
import { asOfFlag, selectionOf } from './selection.js';
import { withProject } from './with-project.js';

export interface OneRun {
  readonly selection: Selection;
  /** `cli`, `schedule`, `reconcile`, `backfill` or `demo`, for the journal. */
  readonly trigger: string;
  readonly asOf: string | undefined;
  readonly ignoreQuietHours?: boolean;
  readonly signal: AbortSignal;
  /** Told each event as well. */
  readonly onEvent?: EventSink;
}

/** The exit code of `chat-etl run` with these flags. */
export function runFromCommandLine(flags: RunArguments): Promise<number> {
  return withProject(flags, async (opened) => {
    const asked = flags.resume ? await restOfLastRun(flags, opened) : askedFor(flags, opened);
    if (asked === undefined) return exitCodes.ok;
    const interrupt = catchInterrupt();
    try {
      const { ignoreQuietHours } = flags;
      const { signal } = interrupt;
      const request = { ...asked, ignoreQuietHours, trigger: 'cli', signal };
      const report = await runWithReports(opened, flags, request);
      await printReport(report, flags);
      return exitCodeOf(report);
    } finally {
      interrupt.release();
    }
  });
}

function askedFor(flags: RunArguments, { project }: OpenedProject): Pick<OneRun, 'selection' | 'asOf'> {
  return { selection: selectionOf(flags, project), asOf: asOfFlag(flags.asOf) };
}

/** Runs with progress on stderr and in the log file, then sends the notices that the outcome calls for. */
export async function runWithReports(
  opened: OpenedProject,
  flags: Pick<CommonArguments, 'logFormat' | 'quiet'>,
  request: OneRun,
): Promise<RunReport> {
  const reporter = await reportersOf(opened, flags);
  // Through the reporter: a line written past it would tear the live view.
  const message = 'cancelling the run, which leaves everything as it was; once more ends it hard';
  const onAbort = () => reporter.onEvent({ type: 'warning', step: undefined, message });
  request.signal.addEventListener('abort', onAbort);
  let report: RunReport;
  try {
    const onEvent = (event: RunEvent) => {
      request.onEvent?.(event);
      reporter.onEvent(event);
    };
    report = await run({ ...opened, ...request, onEvent });
  } finally {
    request.signal.removeEventListener('abort', onAbort);
    reporter.close();
  }
  for (const warning of await noticeAfterRun(opened.config, report)) say(`! ${warning}`);
  return report;
}

async function reportersOf(
  { config }: OpenedProject,
  flags: Pick<CommonArguments, 'logFormat' | 'quiet'>,
): Promise<Reporter> {
  const { secrets, logs } = config;
  const folder = resolve(config.root, logs.folder);
  const onProblem = (message: string) => say(`! ${message}`);
  return allReporters([
    await terminalReporter(process.stderr, {
      format: flags.logFormat ?? 'text',
      quiet: flags.quiet,
      secrets,
      now: Date.now,
    }),
    logFileReporter({ ...logs, folder, format: flags.logFormat ?? logs.format, secrets, now: Date.now, onProblem }),
  ]);
}

/** The summary is the command's data; under `--quiet` a failure alone is worth words, on stderr. */
export async function printReport(report: RunReport, flags: Pick<CommonArguments, 'json' | 'quiet'>): Promise<void> {
  if (flags.json) printJson(report);
  if (flags.json || (flags.quiet && report.status === 'succeeded')) return;
  // What draws tables is loaded where one is drawn.
  const { formatSummary } = await import('../report/summary.js');
  if (flags.quiet) say(formatSummary(report, noPaint));
  else printData(formatSummary(report, paintFor(process.stdout)));
}
