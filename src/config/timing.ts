/** When something is to run: `every`, `interval` or `cron` with its zone. */
import type { Problem } from '../errors.js';
import { cronMistake } from './cron.js';
import { parseDurationMs } from './duration.js';
import { errorAt } from './problems.js';
import { type RawObject, textOf } from './raw.js';
import { isTimezone, timezoneHint } from './timezone.js';
import type { Timing } from './types.js';
import type { Places, YamlPath } from './yaml-file.js';

export interface TimingAnswer {
  readonly timing: Timing | undefined;
  readonly problems: readonly Problem[];
}

/** Reads the timing keys of a mapping at `path`; `defaultTimezone` is the zone of a cron expression without one. */
export function readTiming(raw: RawObject, path: YamlPath, places: Places, defaultTimezone: string): TimingAnswer {
  const problems: Problem[] = [];
  const cron = textOf(raw.cron);
  const timezone = textOf(raw.timezone);
  if (timezone !== undefined) {
    const where = places.valueAt([...path, 'timezone']);
    if (cron === undefined) problems.push(errorAt(where, "'timezone' needs 'cron': an interval has no zone"));
    else if (!isTimezone(timezone)) {
      problems.push(errorAt(where, `no time zone is called '${timezone}'`, timezoneHint(timezone)));
    }
  }
  if (cron !== undefined) {
    const mistake = cronMistake(cron);
    if (mistake !== undefined) {
      const hint = 'five fields: minute, hour, day of month, month, day of week, e.g. "15 * * * *"';
      problems.push(errorAt(places.valueAt([...path, 'cron']), `'${cron}' is no cron expression: ${mistake}`, hint));
    }
    return { timing: { kind: 'cron', expression: cron, timezone: timezone ?? defaultTimezone }, problems };
  }
  const key = raw.every === undefined ? 'interval' : 'every';
  const everyMs = parseDurationMs(textOf(raw[key]) ?? '');
  if (everyMs === undefined) return { timing: undefined, problems };
  if (everyMs < 1000) problems.push(errorAt(places.valueAt([...path, key]), `'${key}' must be at least 1s`));
  return { timing: { kind: 'every', everyMs }, problems };
}
