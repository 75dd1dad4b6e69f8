/** `throttle` of a connection: read, and what a schema cannot say of it. */
import type { Problem } from '../errors.js';
import { parseDurationMs } from './duration.js';
import { nearestHint } from './nearest.js';
import { errorAt } from './problems.js';
import { isObject, namesOf, objectOf, type RawObject, textOf, wholeNumberOf } from './raw.js';
import { isTimezone, timezoneHint } from './timezone.js';
import type { PauseLimits, QuietHours, Throttle } from './types.js';
import type { Places, YamlPath } from './yaml-file.js';

const defaultCheckEveryMs = 2000;
const defaultAtMostMs = 10 * 60_000;
/** A server gives up on a connection from which nothing was taken for an hour. */
const longestAtMostMs = 50 * 60_000;
const shortestCheckMs = 100;

/** Connection name -> its throttle, of those that have one. */
export function throttlesOf(connections: RawObject, timezone: string): Readonly<Record<string, Throttle>> {
  const throttles: Record<string, Throttle> = {};
  for (const [name, connection] of Object.entries(connections)) {
    const { throttle } = objectOf(connection);
    if (isObject(throttle)) throttles[name] = throttleOf(throttle, timezone);
  }
  return throttles;
}

function throttleOf(raw: RawObject, timezone: string): Throttle {
  return {
    rowsPerSecond: wholeNumberOf(raw.rows_per_second),
    pauseWhile: isObject(raw.pause_while) ? pauseLimits(raw.pause_while) : undefined,
    longestTransactionMs: durationOf(raw.longest_transaction),
    quietHours: isObject(raw.quiet_hours) ? quietHours(raw.quiet_hours, timezone) : undefined,
  };
}

function pauseLimits(raw: RawObject): PauseLimits {
  return {
    threadsRunning: wholeNumberOf(raw.threads_running),
    replicaLagMs: durationOf(raw.replica_lag),
    lagOf: namesOf(raw.lag_of),
    checkEveryMs: durationOf(raw.check_every) ?? defaultCheckEveryMs,
    atMostMs: durationOf(raw.at_most) ?? defaultAtMostMs,
  };
}

function quietHours(raw: RawObject, timezone: string): QuietHours {
  return { from: textOf(raw.from) ?? '', to: textOf(raw.to) ?? '', timezone: textOf(raw.timezone) ?? timezone };
}

function durationOf(value: unknown): number | undefined {
  return parseDurationMs(textOf(value) ?? '');
}

/** Mistakes in the throttle of one connection. */
export function throttleProblems(name: string, connections: RawObject, places: Places): readonly Problem[] {
  const connection = objectOf(connections[name]);
  const throttle = objectOf(connection.throttle);
  const path = ['connections', name, 'throttle'];
  const at = (...keys: YamlPath) => places.valueAt([...path, ...keys]);
  const problems: Problem[] = [];

  const pause = objectOf(throttle.pause_while);
  if (pause.lag_of !== undefined && pause.replica_lag === undefined) {
    problems.push(errorAt(at('pause_while', 'lag_of'), "'lag_of' needs 'replica_lag', the limit"));
  }
  for (const [index, replica] of namesOf(pause.lag_of).entries()) {
    const where = at('pause_while', 'lag_of', ...(Array.isArray(pause.lag_of) ? [index] : []));
    if (!isFilled(replica)) continue;
    if (!Object.hasOwn(connections, replica)) {
      const hint = nearestHint(replica, Object.keys(connections));
      problems.push(errorAt(where, `no connection is called '${replica}'`, hint));
    } else if (objectOf(connections[replica]).type !== connection.type) {
      problems.push(errorAt(where, `'${replica}' is no replica of '${name}': its 'type' is another one`));
    }
  }
  if ((durationOf(pause.at_most) ?? 0) > longestAtMostMs) {
    const why = 'a server gives up on a reader that takes nothing for an hour';
    problems.push(errorAt(at('pause_while', 'at_most'), "'at_most' must be 50m or less", why));
  }
  if ((durationOf(pause.check_every) ?? shortestCheckMs) < shortestCheckMs) {
    problems.push(errorAt(at('pause_while', 'check_every'), "'check_every' must be 100ms or more"));
  }

  const { from, to, timezone } = objectOf(throttle.quiet_hours);
  if (textOf(from) !== undefined && from === to) {
    problems.push(errorAt(at('quiet_hours', 'to'), "'from' and 'to' are the same time: the hours would never end"));
  }
  const zone = textOf(timezone);
  if (zone !== undefined && isFilled(zone) && !isTimezone(zone)) {
    problems.push(errorAt(at('quiet_hours', 'timezone'), `no time zone is called '${zone}'`, timezoneHint(zone)));
  }
  return problems;
}

/** A variable that is not set is told already. */
function isFilled(text: string): boolean {
  return !text.includes('${');
}
