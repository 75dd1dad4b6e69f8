/** When a project or pipeline is next to run. Times are milliseconds since 1970. */
import { Cron } from 'croner';
import { formatDuration } from '../config/duration.js';
import type { Timing } from '../config/types.js';
import { EtlError } from '../errors.js';

/** The first tick after a moment. Errors: USAGE where a cron expression is wrong or never comes. */
export function nextTick(timing: Timing, after: number): number {
  if (timing.kind === 'every') return after + timing.everyMs;
  const next = cronOf(timing).nextRun(new Date(after));
  if (next === null) throw new EtlError('USAGE', `the cron expression '${timing.expression}' never comes`);
  return next.getTime();
}

function cronOf(timing: Extract<Timing, { kind: 'cron' }>): Cron {
  try {
    return new Cron(timing.expression, { timezone: timing.timezone, paused: true });
  } catch (cause) {
    throw new EtlError('USAGE', `the cron expression '${timing.expression}' in zone '${timing.timezone}' is wrong`, {
      cause,
      hint: "five fields, e.g. '*/15 * * * *' for every quarter of an hour",
    });
  }
}

/** The first moment from a time on at which a job may run. */
export type NotBefore = (time: number) => number;

const anyTime: NotBefore = (time) => time;

/** A job is overdue after the second tick since its last success: at the first one it may be running still. */
export function overdueAt(timing: Timing, lastSuccess: number, notBefore: NotBefore = anyTime): number {
  return notBefore(nextTick(timing, notBefore(nextTick(timing, lastSuccess))));
}

/** `every 15m`, `at '0 3 * * *' (UTC)` */
export function formatTiming(timing: Timing): string {
  if (timing.kind === 'every') return `every ${formatDuration(timing.everyMs)}`;
  return `at '${timing.expression}' (${timing.timezone})`;
}
