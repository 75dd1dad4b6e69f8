/** Reads the columns of a journal row in their types, however the driver hands them over. */
import type { ResultRow } from '../engines/types.js';
import { EtlError } from '../errors.js';
import { timestampText } from './time.js';

export function text(row: ResultRow, column: string): string {
  return needed(optionalText(row, column), column);
}

export function optionalText(row: ResultRow, column: string): string | undefined {
  const cell = row[column];
  return cell === null || cell === undefined ? undefined : String(cell);
}

export function integer(row: ResultRow, column: string): number {
  return needed(optionalInteger(row, column), column);
}

export function optionalInteger(row: ResultRow, column: string): number | undefined {
  const cell = row[column];
  return cell === null || cell === undefined ? undefined : Number(cell);
}

export function optionalDouble(row: ResultRow, column: string): number | undefined {
  const cell = row[column];
  return cell === null || cell === undefined ? undefined : Number(cell);
}

/** `YYYY-MM-DD HH:MM:SS.ffffff` with all six decimals. */
export function timestamp(row: ResultRow, column: string): string {
  return timestampText(text(row, column));
}

export function optionalTimestamp(row: ResultRow, column: string): string | undefined {
  const value = optionalText(row, column);
  return value === undefined ? undefined : timestampText(value);
}

function needed<T>(value: T | undefined, column: string): T {
  if (value === undefined) throw new EtlError('INTERNAL', `the journal has no value in column '${column}'`);
  return value;
}
