/** Cells -> DuckDB's values, exactly: what does not fit its column is an error and never rounded. */
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  SMALLINT,
  TIMESTAMP,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api';
import { EtlError } from '../../errors.js';
import type { Cell, Column, ColumnType } from '../types.js';
import { normalTime, parseDate, parseTimestamp } from './time.js';

/** How a column's cells get into a work table. */
export interface ColumnWriter {
  readonly column: Column;
  readonly type: DuckDBType;
  /** Undefined where the cell is no value of the column's type. */
  readonly convert: (cell: Exclude<Cell, null>) => DuckDBValue | undefined;
}

export function columnWriter(column: Column): ColumnWriter {
  return { column, ...writers(column.type) };
}

/** A chunk of at most 2,048 rows, those from `start` on. Errors: SOURCE_DATA, naming the column. */
export function writeChunk(
  writers: readonly ColumnWriter[],
  rows: readonly (readonly Cell[])[],
  start: number,
  count: number,
): DuckDBDataChunk {
  const chunk = DuckDBDataChunk.create(
    writers.map((writer) => writer.type),
    count,
  );
  for (const [index, { column, convert }] of writers.entries()) {
    const vector = chunk.getColumnVector(index);
    for (let row = 0; row < count; row++) {
      const cell = rows[start + row]?.[index] ?? null;
      const value = cell === null ? null : convert(cell);
      if (value === undefined) throw misfit(column, cell);
      try {
        vector.setItem(row, value);
      } catch (cause) {
        throw misfit(column, cell, cause);
      }
    }
    vector.flush();
  }
  return chunk;
}

function misfit(column: Column, cell: Cell, cause?: unknown): EtlError {
  const shown = String(cell).slice(0, 60);
  return new EtlError('SOURCE_DATA', `column '${column.name}' (${column.type.kind}) cannot hold '${shown}'`, { cause });
}

type Writer = Pick<ColumnWriter, 'type' | 'convert'>;

const text: Writer = { type: VARCHAR, convert: (cell) => (typeof cell === 'string' ? cell : String(cell)) };

const integers = {
  signed: { 8: TINYINT, 16: SMALLINT, 32: INTEGER, 64: BIGINT },
  unsigned: { 8: UTINYINT, 16: USMALLINT, 32: UINTEGER, 64: UBIGINT },
} as const;

function writers(type: ColumnType): Writer {
  switch (type.kind) {
    case 'boolean':
      return { type: BOOLEAN, convert: (cell) => (typeof cell === 'boolean' ? cell : Number(cell) !== 0) };
    case 'integer': {
      const to = integers[type.unsigned ? 'unsigned' : 'signed'][type.bits];
      return { type: to, convert: type.bits === 64 ? toBigInt : (cell) => Number(cell) };
    }
    case 'decimal':
      return type.precision > 38 ? text : decimals(type.precision, type.scale);
    case 'float':
    case 'double':
      return { type: DOUBLE, convert: (cell) => Number(cell) };
    case 'binary':
      return { type: BLOB, convert: toBlob };
    case 'date':
      return { type: DATE, convert: toDate };
    case 'timestamp':
      return { type: TIMESTAMP, convert: toTimestamp };
    case 'time':
      return { type: VARCHAR, convert: (cell) => normalTime(String(cell)) };
    case 'text':
    case 'json':
      return text;
  }
}

function toBigInt(cell: Exclude<Cell, null>): bigint | undefined {
  if (typeof cell === 'bigint') return cell;
  if (typeof cell === 'number') return Number.isSafeInteger(cell) ? BigInt(cell) : undefined;
  if (typeof cell !== 'string' || !/^-?\d+$/.test(cell)) return undefined;
  // Twice as fast as from the text, which matters since most cells of a chat database are ids.
  return cell.length <= 15 ? BigInt(Number(cell)) : BigInt(cell);
}

function decimals(precision: number, scale: number): Writer {
  const limit = 10n ** BigInt(precision);
  return {
    type: DECIMAL(precision, scale),
    convert(cell) {
      const found = /^(-?)(\d*)(?:\.(\d*?)0*)?$/.exec(String(cell));
      const [, sign = '', whole = '', fraction = ''] = found ?? [];
      if (found === null || fraction.length > scale) return undefined;
      const scaled = BigInt(whole + fraction.padEnd(scale, '0'));
      if (scaled >= limit) return undefined;
      return new DuckDBDecimalValue(sign === '-' ? -scaled : scaled, precision, scale);
    },
  };
}

function toBlob(cell: Exclude<Cell, null>): DuckDBBlobValue | undefined {
  if (cell instanceof Uint8Array) return new DuckDBBlobValue(cell);
  return typeof cell === 'string' ? new DuckDBBlobValue(Buffer.from(cell)) : undefined;
}

function toDate(cell: Exclude<Cell, null>): DuckDBDateValue | undefined {
  const days = typeof cell === 'string' ? parseDate(cell) : undefined;
  return days === undefined ? undefined : new DuckDBDateValue(days);
}

function toTimestamp(cell: Exclude<Cell, null>): DuckDBTimestampValue | undefined {
  const micros = typeof cell === 'string' ? parseTimestamp(cell) : undefined;
  return micros === undefined ? undefined : new DuckDBTimestampValue(micros);
}
