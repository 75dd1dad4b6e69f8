/** The run's own clock, in the forms that journal and models use. */

/** UTC, `YYYY-MM-DD HH:MM:SS.ffffff`. */
export function utcText(date: Date): string {
  return `${date.toISOString().slice(0, 23).replace('T', ' ')}000`;
}

/** A moment in a zone, `YYYY-MM-DD HH:MM:SS`: the models' only clock. */
export function asOfText(date: Date, timezone: string): string {
  if (timezone === 'UTC') return utcText(date).slice(0, 19);
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(date);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((found) => found.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')}`;
}

/** The machine's clock. */
export function machineClock(): Date {
  return new Date();
}
