/** Batches -> DuckDB's vectors, exactly: what does not fit its column is an error and never rounded. */
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  type DuckDBDataChunk,
  type DuckDBType,
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
import type { Column, ColumnType, RowBatch } from '../types.js';
import { type ConvertCell, convertDate, convertDecimal, fillConverted } from './fill-converted.js';
import { fillIntegers, fillWideIntegers } from './fill-integers.js';
import { fillTexts } from './fill-texts.js';
import { fillTimestamps } from './fill-timestamps.js';
import { normalTime } from './time.js';
import { type ColumnFill, Misfit, type Slice } from './vector.js';

/** How a column's cells get into a work table. */
export interface ColumnWriter {
  readonly column: Column;
  readonly type: DuckDBType;
  readonly fill: ColumnFill;
}

export function columnWriter(column: Column): ColumnWriter {
  return { column, ...writers(column.type) };
}

/** Takes the rows of one chunk, at most 2,048 from `start` on. Errors: SOURCE_DATA, naming the column. */
export function takeRows(
  writers: readonly ColumnWriter[],
  { data, places, isText = false }: RowBatch,
  start: number,
  count: number,
): void {
  const width = writers.length;
  for (const [index, { column, fill }] of writers.entries()) {
    const slice: Slice = { data, places, first: 2 * (start * width + index), step: 2 * width, count, isText };
    naming(column, () => fill.take(slice));
  }
}

/** Writes the rows taken last into a chunk. Errors: SOURCE_DATA, naming the column. */
export function putRows(writers: readonly ColumnWriter[], chunk: DuckDBDataChunk): void {
  for (const [index, { column, fill }] of writers.entries()) naming(column, () => fill.put(chunk, index));
}

function naming(column: Column, work: () => void): void {
  try {
    work();
  } catch (thrown) {
    throw thrown instanceof Misfit ? misfit(column, thrown) : thrown;
  }
}

function misfit(column: Column, { cell, cause }: Misfit): EtlError {
  const shown = cell.slice(0, 60);
  return new EtlError('SOURCE_DATA', `column '${column.name}' (${column.type.kind}) cannot hold '${shown}'`, { cause });
}

type Writer = Pick<ColumnWriter, 'type' | 'fill'>;

const text = (): Writer => ({ type: VARCHAR, fill: fillTexts() });

const integers = {
  signed: { 8: TINYINT, 16: SMALLINT, 32: INTEGER, 64: BIGINT },
  unsigned: { 8: UTINYINT, 16: USMALLINT, 32: UINTEGER, 64: UBIGINT },
} as const;

function writers(type: ColumnType): Writer {
  switch (type.kind) {
    case 'boolean':
      return converted(BOOLEAN, (cell) => Number(cell) !== 0);
    case 'integer': {
      const to = integers[type.unsigned ? 'unsigned' : 'signed'][type.bits];
      const fill = type.bits === 64 ? fillWideIntegers(type.unsigned) : fillIntegers(type.bits, type.unsigned);
      return { type: to, fill };
    }
    case 'decimal':
      return type.precision > 38
        ? text()
        : converted(DECIMAL(type.precision, type.scale), convertDecimal(type.precision, type.scale));
    case 'float':
    case 'double':
      return converted(DOUBLE, Number);
    case 'binary':
      return { type: BLOB, fill: fillTexts() };
    case 'date':
      return converted(DATE, convertDate);
    case 'timestamp':
      return { type: TIMESTAMP, fill: fillTimestamps() };
    case 'time':
      return converted(VARCHAR, normalTime);
    case 'text':
    case 'json':
      return text();
  }
}

function converted(type: DuckDBType, convert: ConvertCell): Writer {
  return { type, fill: fillConverted(convert) };
}
