/** `YYYY-MM-DD HH:MM:SS[.ffffff]` -> microseconds since 1970 in DuckDB's vectors. */
import { wide, writeSafe } from './fill-integers.js';
import { parseDate, parseTimestamp } from './time.js';
import { copyToVector, type Fill, misfitAt, type Slice } from './vector.js';

export const fillTimestamps: Fill = (chunk, index, slice) => {
  const { places, first, step, count } = slice;
  for (let row = 0, place = first; row < count; row++, place += step) {
    const start = places[place] ?? 0;
    const end = places[place + 1] ?? 0;
    if (end < 0) continue;
    const micros = microsAt(slice.data, start, end);
    if (Number.isSafeInteger(micros)) writeSafe(row, micros);
    else wide[row] = parseWhole(slice, start, end);
  }
  copyToVector(chunk, index, slice, wide);
};

/** The long way, which also says what is no timestamp. */
function parseWhole(slice: Slice, start: number, end: number): bigint {
  const micros = parseTimestamp(slice.data.toString('latin1', start, end));
  if (micros === undefined) throw misfitAt(slice, start, end);
  return micros;
}

/** Rows that lie together often have the same day. */
const last = { date: Number.NaN, days: Number.NaN };

/** NaN for what is not quite an ordinary timestamp. */
function microsAt(data: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length !== 19 && length !== 26) return Number.NaN;
  if (data[start + 13] !== colon || data[start + 16] !== colon) return Number.NaN;
  const hour = pair(data, start + 11);
  const minute = pair(data, start + 14);
  const second = pair(data, start + 17);
  if (!(hour < 24 && minute < 60 && second < 60)) return Number.NaN;
  const seconds = daysAt(data, start) * 86_400 + hour * 3600 + minute * 60 + second;
  if (length === 19) return seconds * 1_000_000;
  const fraction = pair(data, start + 20) * 10_000 + pair(data, start + 22) * 100 + pair(data, start + 24);
  return data[start + 19] === point ? seconds * 1_000_000 + fraction : Number.NaN;
}

function daysAt(data: Buffer, start: number): number {
  if (data[start + 4] !== hyphen || data[start + 7] !== hyphen) return Number.NaN;
  const year = pair(data, start) * 100 + pair(data, start + 2);
  const date = year * 10_000 + pair(data, start + 5) * 100 + pair(data, start + 8);
  if (date !== last.date) {
    last.days = parseDate(data.toString('latin1', start, start + 10)) ?? Number.NaN;
    last.date = date;
  }
  return last.days;
}

/** The number that two digits make; NaN where one is none. */
function pair(data: Buffer, at: number): number {
  const tens = (data[at] ?? 0) - zero;
  const ones = (data[at + 1] ?? 0) - zero;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

const zero = '0'.charCodeAt(0);
const colon = ':'.charCodeAt(0);
const hyphen = '-'.charCodeAt(0);
const point = '.'.charCodeAt(0);
