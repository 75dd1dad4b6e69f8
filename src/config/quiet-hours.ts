/** When quiet hours begin and end. Times are milliseconds since 1970. */
import { Cron } from 'croner';
import type { QuietHours } from './types.js';

/** The end of the quiet hours that `now` lies in; undefined outside of them. */
export function quietUntil({ from, to, timezone }: QuietHours, now: number): number | undefined {
  const begin = nextTime(from, timezone, now);
  const end = nextTime(to, timezone, now);
  return begin === undefined || end === undefined || begin < end ? undefined : end;
}

/** The next time that a zone's clock shows this, after a moment. */
function nextTime(timeOfDay: string, timezone: string, after: number): number | undefined {
  const [hours, minutes] = timeOfDay.split(':').map(Number);
  return new Cron(`${minutes} ${hours} * * *`, { timezone, paused: true }).nextRun(new Date(after))?.getTime();
}

/** `22:00 to 06:00 (Europe/Berlin)` */
export function formatQuietHours({ from, to, timezone }: QuietHours): string {
  return `${from} to ${to} (${timezone})`;
}
