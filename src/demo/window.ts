/** The time that the demo's data covers, and its rhythm. */

export interface Window {
  /** Microseconds since 1970; the end is not part of it. */
  readonly start: number;
  readonly end: number;
}

export interface DayOfChat {
  readonly start: number;
  readonly end: number;
  /** Messages on this day. */
  readonly messages: number;
  readonly hours: readonly { readonly start: number; readonly weight: number }[];
}

export const hourMicros = 3_600_000_000;
export const dayMicros = 24 * hourMicros;

/** Share of each hour (UTC): nights are quiet, the peaks are before noon and in the evening. */
const hourWeights = [2, 1, 1, 1, 1, 2, 4, 7, 11, 14, 15, 13, 11, 12, 13, 13, 12, 11, 12, 14, 15, 12, 8, 4];
/** Sunday first. */
const weekdayWeights = [0.55, 1, 1.05, 1.1, 1.05, 0.95, 0.6];

export function windowBefore(end: number, days: number): Window {
  return { start: end - days * dayMicros, end };
}

/** The window's days (UTC) with their share of `messages`; activity grows to more than the double. */
export function daysOf(window: Window, messages: number): readonly DayOfChat[] {
  const days = new Map<number, { start: number; weight: number }[]>();
  for (let start = window.start; start < window.end; start += hourMicros) {
    const day = Math.floor(start / dayMicros);
    const hours = days.get(day) ?? [];
    days.set(day, hours);
    hours.push({ start, weight: weightOf(start, window) });
  }
  const all = [...days.values()];
  const total = all.flat().reduce((sum, hour) => sum + hour.weight, 0);
  let weight = 0;
  let given = 0;
  return all.map((hours) => {
    weight += hours.reduce((sum, hour) => sum + hour.weight, 0);
    // Rounding the running sum gives exactly `messages` in the end.
    const upToHere = Math.round((messages * weight) / total);
    const share = upToHere - given;
    given = upToHere;
    const start = hours[0]?.start ?? window.start;
    return { start, end: start + hours.length * hourMicros, messages: share, hours };
  });
}

function weightOf(start: number, window: Window): number {
  const time = new Date(start / 1000);
  const growth = 1 + (1.5 * (start - window.start)) / (window.end - window.start);
  return (hourWeights[time.getUTCHours()] ?? 1) * (weekdayWeights[time.getUTCDay()] ?? 1) * growth;
}
