/** Keeps the schedule of a project until a signal ends it. */
import { parseDurationMs } from '../config/duration.js';
import { isTimezone, timezoneHint } from '../config/timezone.js';
import type { Config, Timing } from '../config/types.js';
import { EtlError, toEtlError } from '../errors.js';
import { listRuns } from '../journal/read.js';
import { journalVersionOf } from '../journal/tables.js';
import { epochMsOf } from '../journal/time.js';
import { maskSecrets } from '../mask.js';
import { formatDuration } from '../report/format.js';
import { afterQuietHours } from '../run/quiet-hours.js';
import { systemClock } from '../schedule/clock.js';
import { formatPipelines, type Job, jobsOf } from '../schedule/jobs.js';
import { type JobHistory, keepSchedule } from '../schedule/schedule.js';
import { formatTiming, nextTick } from '../schedule/timing.js';
import { say } from './common.js';
import { exitCodes } from './exit.js';
import { catchInterrupt } from './interrupt.js';
import { failureWithoutRun, sendNotice } from './notices.js';
import { printError } from './print-error.js';
import { printReport, runWithReports } from './run-once.js';
import type { ScheduleArguments } from './schedule.js';
import { withWarehouse } from './warehouse.js';
import { withProject } from './with-project.js';

/** The exit code: 0 after SIGTERM, 130 after SIGINT. */
export async function keepScheduleFromCommandLine(flags: ScheduleArguments): Promise<number> {
  const { config, project, jobs } = await withProject(flags, async ({ config, project }) => ({
    config,
    project,
    jobs: jobsFor(flags, config, project.pipelines),
  }));
  for (const { timing, pipelines } of jobs) say(`schedule: ${formatPipelines(pipelines)} ${formatTiming(timing)}`);
  const interrupt = catchInterrupt();
  try {
    await keepSchedule({
      jobs,
      clock: systemClock,
      signal: interrupt.signal,
      run: (pipelines) => runTick(flags, config, pipelines, interrupt.signal),
      history: (job) => historyOf(config, job),
      notBefore: ({ pipelines }, time) => afterQuietHours(config, project, { pipelines, withUpstreams: true }, time),
      onWait: (next, pipelines) => say(`next run of ${formatPipelines(pipelines)} at ${utc(next)}`),
      onOverdue: (job, lastSuccess) => tellOverdue(config, job, lastSuccess),
    });
  } finally {
    interrupt.release();
  }
  say('schedule ended');
  return interrupt.received() === 'SIGINT' ? exitCodes.interrupted : exitCodes.ok;
}

function jobsFor(flags: ScheduleArguments, config: Config, pipelines: Parameters<typeof jobsOf>[0]): readonly Job[] {
  const timing = timingFlag(flags, config);
  const jobs = timing === undefined ? jobsOf(pipelines, config.schedule) : [{ pipelines: [], timing }];
  // A cron expression that is wrong is told now, not at its first tick.
  for (const job of jobs) nextTick(job.timing, Date.now());
  return jobs;
}

function timingFlag({ every, cron, timezone }: ScheduleArguments, config: Config): Timing | undefined {
  if (cron !== undefined) {
    const zone = timezone ?? config.timezone;
    if (isTimezone(zone)) return { kind: 'cron', expression: cron, timezone: zone };
    throw new EtlError('USAGE', `no time zone is called '${zone}'`, { hint: timezoneHint(zone) });
  }
  if (every === undefined) return undefined;
  const everyMs = parseDurationMs(every);
  if (everyMs !== undefined && everyMs >= 1000) return { kind: 'every', everyMs };
  throw new EtlError('USAGE', `--every '${every}' is no interval of a second or more`, {
    hint: 'e.g. 30s, 15m, 1h, 1d',
  });
}

/** The project is read anew for each run, so that edits count; whatever goes wrong is said and waits for the next tick. */
async function runTick(
  flags: ScheduleArguments,
  config: Config,
  pipelines: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return await withProject(flags, async (opened) => {
      const known = new Set(opened.project.pipelines.map(({ name }) => name));
      const present = pipelines.filter((name) => known.has(name));
      if (present.length < pipelines.length) say('! pipelines have gone from the project: restart the schedule');
      if (present.length === 0 && pipelines.length > 0) return false;
      const selection = { pipelines: present, withUpstreams: true, fullRefresh: false, reload: [] };
      const request = { selection, trigger: 'schedule', asOf: undefined, signal };
      const report = await runWithReports(opened, flags, request);
      await printReport(report, flags);
      return report.status === 'succeeded';
    });
  } catch (thrown) {
    const error = toEtlError(thrown);
    await printError(error);
    // There is no run to report: the definitions as they were at the start say whom to tell.
    for (const warning of await sendNotice(config, failureWithoutRun(error))) say(`! ${warning}`);
    return false;
  }
}

/** What the journal tells of a job; nothing where the warehouse cannot be read now: it is then due as if it never ran. */
async function historyOf(config: Config, job: Job): Promise<JobHistory> {
  try {
    return await withWarehouse(config, async (session, dialect) => {
      if ((await journalVersionOf(session, dialect)) === undefined)
        return { lastBegun: undefined, lastSuccess: undefined };
      const all = await listRuns(session, dialect, { limit: 100, pipeline: job.pipelines[0] });
      // A repair brings no model up to date, and a choice of steps not all of them.
      const runs = all.filter(({ trigger, selection }) => trigger !== 'reconcile' && selection === undefined);
      const begun = runs.find(({ status }) => status === 'succeeded' || status === 'failed');
      const success = runs.find(({ status }) => status === 'succeeded');
      return {
        lastBegun: begun === undefined ? undefined : epochMsOf(begun.startedAt),
        lastSuccess: success === undefined ? undefined : epochMsOf(success.startedAt),
      };
    });
  } catch (thrown) {
    say(`! the journal cannot be read yet: ${maskSecrets(toEtlError(thrown).message, config.secrets)}`);
    return { lastBegun: undefined, lastSuccess: undefined };
  }
}

async function tellOverdue(config: Config, job: Job, lastSuccess: number): Promise<void> {
  const late = formatDuration(Date.now() - lastSuccess);
  const text = `${formatPipelines(job.pipelines)} overdue: due ${formatTiming(job.timing)}, no success for ${late}`;
  say(`! ${text}`);
  const notice = { kind: 'overdue', text, at: new Date().toISOString(), pipelines: job.pipelines } as const;
  for (const warning of await sendNotice(config, notice)) say(`! ${warning}`);
}

function utc(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
