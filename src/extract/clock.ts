/** Clocks and cursors that tell time, as text: pure arithmetic in microseconds. */
import type { CursorDefinition, CursorValue } from '../engines/contract.js';

const microsPerSecond = 1_000_000n;
const microsPer = { s: microsPerSecond, ms: 1000n, us: 1n } as const;

/** Microseconds since 1970 of `YYYY-MM-DD HH:MM:SS[.ffffff]`, taken as UTC. */
export function parseClock(clock: string): bigint {
  const millis = Date.parse(`${clock.slice(0, 19).replace(' ', 'T')}Z`);
  return BigInt(millis) * 1000n + BigInt(clock.slice(20).padEnd(6, '0').slice(0, 6));
}

/** `YYYY-MM-DD HH:MM:SS.ffffff` */
export function formatClock(micros: bigint): string {
  const fraction = ((micros % microsPerSecond) + microsPerSecond) % microsPerSecond;
  const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString();
  return `${seconds.slice(0, 10)} ${seconds.slice(11, 19)}.${String(fraction).padStart(6, '0')}`;
}

export function shiftClock(clock: string, millis: number): string {
  return formatClock(parseClock(clock) + BigInt(Math.round(millis * 1000)));
}

/**
 * The cursor that a row stamped at this clock (UTC) or later has at least. In the hours before a zone's clock is put back
 * that is less than the clock shows. Undefined for ids.
 */
export function cursorAt(clock: string, cursor: CursorDefinition): CursorValue | undefined {
  if (cursor.unit === 'id') return undefined;
  const micros = parseClock(clock);
  if (cursor.unit !== 'timestamp') return String(micros / microsPer[cursor.unit]);
  return formatClock(micros + BigInt(leastOffset(micros, cursor.timezone)) * microsPerSecond);
}

/** The cursor taken back by `lookback`: milliseconds, or a count for ids. Fractions of a numeric cursor are dropped. */
export function takeOff(value: CursorValue, lookback: number, cursor: CursorDefinition): CursorValue {
  if (cursor.unit === 'timestamp') return shiftClock(value, -lookback);
  const whole = BigInt(value.split('.')[0] ?? '0');
  if (cursor.unit === 'id') return String(whole - BigInt(Math.ceil(lookback)));
  const micros = BigInt(Math.ceil(lookback * 1000));
  return String(whole - (micros + microsPer[cursor.unit] - 1n) / microsPer[cursor.unit]);
}

/** Orders two cursors of one source: numbers as numbers, timestamps as text. */
export function compareCursors(left: CursorValue, right: CursorValue): number {
  if (!isNumber(left) || !isNumber(right)) return left < right ? -1 : Number(left > right);
  const [leftWhole = '0', leftFraction = ''] = left.split('.');
  const [rightWhole = '0', rightFraction = ''] = right.split('.');
  const difference = BigInt(leftWhole) - BigInt(rightWhole);
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return leftFraction < rightFraction ? -1 : Number(leftFraction > rightFraction);
}

export function laterCursor(left: CursorValue | undefined, right: CursorValue | undefined): CursorValue | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return compareCursors(left, right) < 0 ? right : left;
}

function isNumber(value: CursorValue): boolean {
  return /^-?\d+(\.\d+)?$/.test(value);
}

/** Clocks are put back by two hours at most. */
const hoursAhead = [0, 1, 2, 3];

function leastOffset(micros: bigint, timezone: string): number {
  if (timezone === 'UTC') return 0;
  const seconds = Number(micros / microsPerSecond);
  return Math.min(...hoursAhead.map((hours) => offsetSeconds(seconds + hours * 3600, timezone)));
}

/** How far a zone's wall clock is ahead of UTC at a moment. */
function offsetSeconds(seconds: number, timezone: string): number {
  const parts = wallClock(timezone).formatToParts(seconds * 1000);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wall / 1000 - seconds;
}

/** Making one takes longer than all else here. */
const wallClocks = new Map<string, Intl.DateTimeFormat>();

function wallClock(timezone: string): Intl.DateTimeFormat {
  const known = wallClocks.get(timezone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  wallClocks.set(timezone, made);
  return made;
}
