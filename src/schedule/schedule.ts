/**
 * Runs jobs at their times, one run at a time. Ticks that were missed, while a run went on or while nothing was up, run once.
 * A failed run does not stop the next.
 */
import type { Clock } from './clock.js';
import { type Job, pipelinesOf } from './jobs.js';
import { nextTick, overdueAt } from './timing.js';

export interface ScheduleOptions {
  readonly jobs: readonly Job[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Runs these pipelines (all where empty) and answers whether that went well; must not throw. */
  readonly run: (pipelines: readonly string[]) => Promise<boolean>;
  /** When a job was last begun and when it last ended well, as far as the journal tells. */
  readonly history: (job: Job) => Promise<JobHistory>;
  /** The first moment from `time` on at which this job may run: a tick that falls before it waits for it. */
  readonly notBefore: (job: Job, time: number) => number;
  /** Told before each wait. */
  readonly onWait: (next: number, pipelines: readonly string[]) => void;
  /** Told once for each time that a job falls behind. */
  readonly onOverdue: (job: Job, lastSuccess: number) => Promise<void>;
}

export interface JobHistory {
  readonly lastBegun: number | undefined;
  readonly lastSuccess: number | undefined;
}

interface JobState {
  readonly job: Job;
  dueAt: number;
  lastSuccess: number;
  overdueTold: boolean;
}

/** Returns when the signal aborts; a run in progress is cancelled by the same signal and waited for. */
export async function keepSchedule(options: ScheduleOptions): Promise<void> {
  const states: JobState[] = [];
  for (const job of options.jobs) states.push(await firstState(job, options));
  // Side by side: a run that hangs is what an overdue notice is for.
  await Promise.all([runAtTicks(states, options), watchOverdue(states, options)]);
}

async function runAtTicks(states: readonly JobState[], options: ScheduleOptions): Promise<void> {
  while (!options.signal.aborted) {
    await waitForTick(states, options);
    if (!options.signal.aborted) await runDue(states, options);
  }
}

function tickAfter({ notBefore }: ScheduleOptions, job: Job, time: number): number {
  return notBefore(job, nextTick(job.timing, time));
}

/** A job whose tick went by while nothing was up is due at once; so is one by interval that never ran. */
async function firstState(job: Job, options: ScheduleOptions): Promise<JobState> {
  const now = options.clock.now();
  const { lastBegun, lastSuccess } = await options.history(job);
  const never = job.timing.kind === 'every' ? options.notBefore(job, now) : tickAfter(options, job, now);
  const tick = lastBegun === undefined ? never : tickAfter(options, job, lastBegun);
  const dueAt = tick <= now ? options.notBefore(job, now) : tick;
  return { job, dueAt, lastSuccess: lastSuccess ?? now, overdueTold: false };
}

async function waitForTick(states: readonly JobState[], options: ScheduleOptions): Promise<void> {
  const next = Math.min(...states.map(({ dueAt }) => dueAt));
  if (next <= options.clock.now()) return;
  options.onWait(next, pipelinesOf(states.filter(({ dueAt }) => dueAt === next).map(({ job }) => job)));
  await options.clock.sleepUntil(next, options.signal);
}

/** All jobs that are due are one run; their next ticks count from its begin, so what is missed meanwhile runs once. */
async function runDue(states: readonly JobState[], options: ScheduleOptions): Promise<void> {
  const begun = options.clock.now();
  const due = states.filter(({ dueAt }) => dueAt <= begun);
  if (due.length === 0) return;
  const succeeded = await options.run(pipelinesOf(due.map(({ job }) => job)));
  for (const state of due) {
    state.dueAt = tickAfter(options, state.job, begun);
    if (succeeded) {
      state.lastSuccess = options.clock.now();
      state.overdueTold = false;
    }
  }
}

async function watchOverdue(states: readonly JobState[], options: ScheduleOptions): Promise<void> {
  const { clock, signal, notBefore } = options;
  const overdue = (job: Job, lastSuccess: number) => overdueAt(job.timing, lastSuccess, (time) => notBefore(job, time));
  while (!signal.aborted) {
    for (const state of states) {
      if (state.overdueTold || clock.now() <= overdue(state.job, state.lastSuccess)) continue;
      state.overdueTold = true;
      await options.onOverdue(state.job, state.lastSuccess);
    }
    const checks = states.map(({ job, lastSuccess, overdueTold }) =>
      overdueTold ? nextTick(job.timing, clock.now()) : overdue(job, lastSuccess) + 1,
    );
    await clock.sleepUntil(Math.min(...checks), signal);
  }
}
