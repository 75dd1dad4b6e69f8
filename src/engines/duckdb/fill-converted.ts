/** Kinds that are rare in a chat: by way of the driver's own values. */
import { DuckDBDateValue, DuckDBDecimalValue, type DuckDBValue } from '@duckdb/node-api';
import { parseDate } from './time.js';
import { type ColumnFill, Misfit } from './vector.js';

/** Undefined where the text is no value of the column's type. */
export type ConvertCell = (cell: string) => DuckDBValue | undefined;

export function fillConverted(convert: ConvertCell): ColumnFill {
  const cells: (string | null)[] = [];
  const values: DuckDBValue[] = [];
  return {
    take: ({ data, places, first, step, count }) => {
      cells.length = values.length = 0;
      for (let row = 0, place = first; row < count; row++, place += step) {
        const end = places[place + 1] ?? 0;
        const cell = end < 0 ? null : data.toString('latin1', places[place] ?? 0, end);
        const value = cell === null ? null : convert(cell);
        if (value === undefined) throw new Misfit(cell ?? '');
        cells.push(cell);
        values.push(value);
      }
    },
    put: (chunk, index) => {
      const vector = chunk.getColumnVector(index);
      for (const [row, value] of values.entries()) {
        try {
          vector.setItem(row, value);
        } catch (cause) {
          throw new Misfit(cells[row] ?? '', cause);
        }
      }
      vector.flush();
    },
  };
}

export function convertDecimal(precision: number, scale: number): ConvertCell {
  const limit = 10n ** BigInt(precision);
  return (cell) => {
    const found = /^(-?)(\d*)(?:\.(\d*?)0*)?$/.exec(cell);
    const [, sign = '', whole = '', fraction = ''] = found ?? [];
    if (found === null || fraction.length > scale) return undefined;
    const scaled = BigInt(whole + fraction.padEnd(scale, '0'));
    if (scaled >= limit) return undefined;
    return new DuckDBDecimalValue(sign === '-' ? -scaled : scaled, precision, scale);
  };
}

export const convertDate: ConvertCell = (cell) => {
  const days = parseDate(cell);
  return days === undefined ? undefined : new DuckDBDateValue(days);
};
