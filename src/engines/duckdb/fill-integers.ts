/** Digits -> integers of DuckDB's vectors. */
import { type ColumnFill, fillValues, misfitAt, type Slice, vectorRows } from './vector.js';

const arrays = {
  signed: { 8: Int8Array, 16: Int16Array, 32: Int32Array },
  unsigned: { 8: Uint8Array, 16: Uint16Array, 32: Uint32Array },
} as const;

/** Integers that a number holds. */
export function fillIntegers(bits: 8 | 16 | 32, unsigned: boolean): ColumnFill {
  const values = new arrays[unsigned ? 'unsigned' : 'signed'][bits](vectorRows);
  return fillValues(values, (slice) => {
    const { data, places, first, step, count } = slice;
    for (let row = 0, place = first; row < count; row++, place += step) {
      const start = places[place] ?? 0;
      const end = places[place + 1] ?? 0;
      if (end < 0) continue;
      const value = parseInteger(data, start, end);
      values[row] = value;
      if (values[row] !== value) throw misfitAt(slice, start, end);
    }
  });
}

/** 64 bits, as two halves: a number holds 53. */
export function fillWideIntegers(unsigned: boolean): ColumnFill {
  const values = new WideValues();
  return fillValues(values.words, (slice) => {
    const { data, places, first, step, count } = slice;
    for (let row = 0, place = first; row < count; row++, place += step) {
      const start = places[place] ?? 0;
      const end = places[place + 1] ?? 0;
      if (end < 0) continue;
      if (end - start > safeDigits) {
        values.words[row] = parseWide(slice, start, end, unsigned);
        continue;
      }
      const value = parseInteger(data, start, end);
      // NaN too.
      if (!(value >= (unsigned ? 0 : -Infinity))) throw misfitAt(slice, start, end);
      values.writeSafe(row, value);
    }
  });
}

/** With a sign: what a number holds exactly. */
const safeDigits = 15;

const twoToThe32 = 2 ** 32;

/** A vector of 64-bit integers. */
export class WideValues {
  readonly words = new BigInt64Array(new ArrayBuffer(8 * vectorRows));
  readonly #halves = new Int32Array(this.words.buffer);

  /** Writes a safe integer without a bigint: low half first, as DuckDB and all machines it runs on have it. */
  writeSafe(row: number, value: number): void {
    this.#halves[2 * row] = value | 0;
    this.#halves[2 * row + 1] = Math.floor(value / twoToThe32);
  }
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
