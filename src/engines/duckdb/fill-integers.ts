/** Digits -> integers of DuckDB's vectors. */
import { copyToVector, type Fill, misfitAt, type Slice, vectorRows } from './vector.js';

const arrays = {
  signed: { 8: Int8Array, 16: Int16Array, 32: Int32Array },
  unsigned: { 8: Uint8Array, 16: Uint16Array, 32: Uint32Array },
} as const;

/** Integers that a number holds. */
export function fillIntegers(bits: 8 | 16 | 32, unsigned: boolean): Fill {
  const values = new arrays[unsigned ? 'unsigned' : 'signed'][bits](vectorRows);
  return (chunk, index, slice) => {
    const { data, places, first, step, count } = slice;
    for (let row = 0, place = first; row < count; row++, place += step) {
      const start = places[place] ?? 0;
      const end = places[place + 1] ?? 0;
      if (end < 0) continue;
      const value = parseInteger(data, start, end);
      values[row] = value;
      if (values[row] !== value) throw misfitAt(slice, start, end);
    }
    copyToVector(chunk, index, slice, values);
  };
}

/** 64 bits, as two halves: a number holds 53. */
export function fillWideIntegers(unsigned: boolean): Fill {
  return (chunk, index, slice) => {
    const { data, places, first, step, count } = slice;
    for (let row = 0, place = first; row < count; row++, place += step) {
      const start = places[place] ?? 0;
      const end = places[place + 1] ?? 0;
      if (end < 0) continue;
      if (end - start > safeDigits) {
        wide[row] = parseWide(slice, start, end, unsigned);
        continue;
      }
      const value = parseInteger(data, start, end);
      // NaN too.
      if (!(value >= (unsigned ? 0 : -Infinity))) throw misfitAt(slice, start, end);
      writeSafe(row, value);
    }
    copyToVector(chunk, index, slice, wide);
  };
}

/** With a sign: what a number holds exactly. */
const safeDigits = 15;

export const wide = new BigInt64Array(new ArrayBuffer(8 * vectorRows));
const halves = new Int32Array(wide.buffer);
const twoToThe32 = 2 ** 32;

/** Writes a safe integer into `wide`, without a bigint: low half first, as DuckDB and all machines it runs on have it. */
export function writeSafe(row: number, value: number): void {
  halves[2 * row] = value | 0;
  halves[2 * row + 1] = Math.floor(value / twoToThe32);
}

function parseWide(slice: Slice, start: number, end: number, unsigned: boolean): bigint {
  const text = slice.data.toString('latin1', start, end);
  if (!/^-?\d+$/.test(text)) throw misfitAt(slice, start, end);
  const value = BigInt(text);
  if ((unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)) !== value) throw misfitAt(slice, start, end);
  return value;
}

const zero = '0'.charCodeAt(0);
const minus = '-'.charCodeAt(0);

/** NaN where the text is no integer. */
function parseInteger(data: Buffer, start: number, end: number): number {
  const isNegative = data[start] === minus;
  const from = isNegative ? start + 1 : start;
  if (from >= end) return Number.NaN;
  let value = 0;
  for (let at = from; at < end; at++) {
    const digit = (data[at] ?? 0) - zero;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return isNegative ? 0 - value : value;
}
