/** `YYYY-MM-DD HH:MM:SS[.ffffff]` -> microseconds since 1970 in DuckDB's vectors. */
import { WideValues } from './fill-integers.js';
import { parseDate, parseTimestamp } from './time.js';
import { type ColumnFill, fillValues, misfitAt, type Slice } from './vector.js';

export function fillTimestamps(): ColumnFill {
  const values = new WideValues();
  return fillValues(values.words, (slice) => {
    const { data, places, first, step, count } = slice;
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    for (let row = 0, place = first; row < count; row++, place += step) {
      const start = places[place] ?? 0;
      const end = places[place + 1] ?? 0;
      if (end < 0) continue;
      const micros = microsAt(data, view, start, end);
      if (Number.isSafeInteger(micros)) values.writeSafe(row, micros);
      else values.words[row] = parseWhole(slice, start, end);
    }
  });
}

/** The long way, which also says what is no timestamp. */
function parseWhole(slice: Slice, start: number, end: number): bigint {
  const micros = parseTimestamp(slice.data.toString('latin1', start, end));
  if (micros === undefined) throw misfitAt(slice, start, end);
  return micros;
}

/** `YYYY-MM-DD H`, four bytes a number, and the second digit of the hour: rows that lie together often have the same. */
const last = { first: 0, second: 0, third: 0, hourDigit: 0, seconds: Number.NaN };

/** NaN for what is not quite an ordinary timestamp. */
function microsAt(data: Buffer, view: DataView, start: number, end: number): number {
  const length = end - start;
  if (length !== 19 && length !== 26) return Number.NaN;
  if (data[start + 13] !== colon || data[start + 16] !== colon) return Number.NaN;
  const minute = pair(data, start + 14);
  const second = pair(data, start + 17);
  if (!(minute < 60 && second < 60)) return Number.NaN;
  const seconds = hourAt(data, view, start) + minute * 60 + second;
  if (length === 19) return seconds * 1_000_000;
  const fraction = pair(data, start + 20) * 10_000 + pair(data, start + 22) * 100 + pair(data, start + 24);
  return data[start + 19] === point ? seconds * 1_000_000 + fraction : Number.NaN;
}

/** Seconds from 1970 to the beginning of the hour. */
function hourAt(data: Buffer, view: DataView, start: number): number {
  const first = view.getInt32(start);
  const second = view.getInt32(start + 4);
  const third = view.getInt32(start + 8);
  const hourDigit = data[start + 12] ?? 0;
  const isLast = third === last.third && hourDigit === last.hourDigit && second === last.second && first === last.first;
  if (isLast) return last.seconds;
  const hour = pair(data, start + 11);
  last.seconds = hour < 24 ? daysAt(data, start) * 86_400 + hour * 3600 : Number.NaN;
  last.first = first;
  last.second = second;
  last.third = third;
  last.hourDigit = hourDigit;
  return last.seconds;
}

function daysAt(data: Buffer, start: number): number {
  if (data[start + 4] !== hyphen || data[start + 7] !== hyphen) return Number.NaN;
  const year = pair(data, start) * 100 + pair(data, start + 2);
  const date = year * 10_000 + pair(data, start + 5) * 100 + pair(data, start + 8);
  if (date !== lastDay.date) {
    lastDay.days = parseDate(data.toString('latin1', start, start + 10)) ?? Number.NaN;
    lastDay.date = date;
  }
  return lastDay.days;
}

const lastDay = { date: Number.NaN, days: Number.NaN };

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
