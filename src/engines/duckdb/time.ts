/** Dates and timestamps as text and as DuckDB counts them, exactly and without any Date. */

const secondsPerDay = 86_400;
/** Above this many seconds, microseconds since 1970 are more than a number holds (2255-06-05). */
const safeSeconds = 9_007_199_000;

/** `YYYY-MM-DD` -> days since 1970-01-01; undefined where the text is no such day. */
export function parseDate(text: string): number | undefined {
  return text.length === 10 ? daysOf(text) : undefined;
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff]` -> microseconds since 1970; undefined where the text is no such time. */
export function parseTimestamp(text: string): bigint | undefined {
  const days = daysOf(text);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  const separated = text.charCodeAt(13) === colon && text.charCodeAt(16) === colon;
  if (days === undefined || !(hour < 24 && minute < 60 && second < 60) || !separated) return undefined;
  const fraction = fractionOf(text);
  if (fraction === undefined) return undefined;
  const seconds = days * secondsPerDay + hour * 3600 + minute * 60 + second;
  if (seconds < safeSeconds && seconds > -safeSeconds) return BigInt(seconds * 1_000_000 + fraction);
  return BigInt(seconds) * 1_000_000n + BigInt(fraction);
}

/** Days since 1970-01-01 -> `YYYY-MM-DD`, for the years 0 to 9999. */
export function formatDate(days: number): string {
  // Howard Hinnant's civil_from_days: years start in March, so that a leap day is the last of its year.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${two(Math.floor(year / 100))}${two(year % 100)}-${two(month)}-${two(day)}`;
}

/** Microseconds since 1970 -> `YYYY-MM-DD HH:MM:SS.ffffff`, for the years 0 to 9999. */
export function formatTimestamp(micros: bigint): string {
  const number = Number(micros);
  const safe = Number.isSafeInteger(number);
  const seconds = safe ? Math.floor(number / 1_000_000) : Number((micros - positiveModulo(micros)) / 1_000_000n);
  const fraction = safe ? number - seconds * 1_000_000 : Number(positiveModulo(micros));
  const days = Math.floor(seconds / secondsPerDay);
  return `${formatDate(days)} ${formatClock(seconds - days * secondsPerDay)}.${String(1_000_000 + fraction).slice(1)}`;
}

/** Seconds of a day -> `HH:MM:SS`. */
export function formatClock(seconds: number): string {
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** A time of six decimals, so that equal times are equal texts; undefined where the text is no `[-]HHH:MM:SS[.ffffff]`. */
export function normalTime(text: string): string | undefined {
  const found = /^(-?\d{2,3}:[0-5]\d:[0-5]\d)(?:\.(\d{1,6}))?$/.exec(text);
  return found === null ? undefined : `${found[1]}.${(found[2] ?? '').padEnd(6, '0')}`;
}

const hyphen = '-'.charCodeAt(0);
const colon = ':'.charCodeAt(0);
const zero = '0'.charCodeAt(0);

/** The number that `count` digits make; NaN where one of them is no digit. */
function digits(text: string, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) {
    const digit = text.charCodeAt(at) - zero;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
  }
  return value;
}

function daysOf(text: string): number | undefined {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (text.charCodeAt(4) !== hyphen || text.charCodeAt(7) !== hyphen) return undefined;
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return undefined;
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Microseconds after the second; undefined where there is something else than up to six digits. */
function fractionOf(text: string): number | undefined {
  if (text.length === 19) return 0;
  const count = text.length - 20;
  const value = digits(text, 20, count);
  return text[19] === '.' && count >= 1 && count <= 6 && value >= 0 ? value * 10 ** (6 - count) : undefined;
}

function positiveModulo(micros: bigint): bigint {
  const rest = micros % 1_000_000n;
  return rest < 0n ? rest + 1_000_000n : rest;
}

/** `00` to `99`. */
const pairs: readonly string[] = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'));

function two(value: number): string {
  return pairs[value] ?? '';
}
