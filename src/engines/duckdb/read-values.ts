/** DuckDB's values -> cells, exactly. */
import {
  DuckDBBlobValue,
  type DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Cell } from '../types.js';
import { formatDate, formatTimestamp } from './time.js';

export type CellReader = (value: DuckDBValue) => Cell;

/**
 * Reads a column by its type, not by its values: BIGINT, UBIGINT and the HUGEINT of a sum are always bigint, smaller
 * integers and doubles numbers. Decimals are texts of their scale, dates and timestamps texts (the latter with six
 * decimals), bytes a Uint8Array, anything else the text that DuckDB prints.
 */
export function cellReader(type: DuckDBType): CellReader {
  return readers[type.typeId] ?? asText;
}

/** The rows of a chunk, as arrays in the order of the columns. */
export function readRows(chunk: DuckDBDataChunk, readers: readonly CellReader[]): Cell[][] {
  const count = chunk.rowCount;
  const rows: Cell[][] = Array.from({ length: count }, () => new Array<Cell>(readers.length));
  for (const [index, read] of readers.entries()) {
    const vector = chunk.getColumnVector(index);
    for (let row = 0; row < count; row++) {
      const value: DuckDBValue = vector.getItem(row);
      const cells = rows[row];
      if (cells !== undefined) cells[index] = value === null ? null : read(value);
    }
  }
  return rows;
}

const asIs: CellReader = (value) => value as Cell;
const asText: CellReader = (value) => String(value);

/** The years 0001 to 9999; before and after, and at infinity, DuckDB's own text stands. */
const days = { first: -719_162, last: 2_932_896 };
const micros = { first: BigInt(days.first) * 86_400_000_000n, end: BigInt(days.last + 1) * 86_400_000_000n };

const timestamp: CellReader = (value) => {
  if (!(value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)) return String(value);
  return value.micros >= micros.first && value.micros < micros.end ? formatTimestamp(value.micros) : String(value);
};

const date: CellReader = (value) => {
  if (!(value instanceof DuckDBDateValue)) return String(value);
  return value.days >= days.first && value.days <= days.last ? formatDate(value.days) : String(value);
};

const readers: Readonly<Partial<Record<DuckDBTypeId, CellReader>>> = {
  [DuckDBTypeId.BOOLEAN]: asIs,
  [DuckDBTypeId.TINYINT]: asIs,
  [DuckDBTypeId.SMALLINT]: asIs,
  [DuckDBTypeId.INTEGER]: asIs,
  [DuckDBTypeId.BIGINT]: asIs,
  [DuckDBTypeId.UTINYINT]: asIs,
  [DuckDBTypeId.USMALLINT]: asIs,
  [DuckDBTypeId.UINTEGER]: asIs,
  [DuckDBTypeId.UBIGINT]: asIs,
  [DuckDBTypeId.HUGEINT]: asIs,
  [DuckDBTypeId.UHUGEINT]: asIs,
  [DuckDBTypeId.FLOAT]: asIs,
  [DuckDBTypeId.DOUBLE]: asIs,
  [DuckDBTypeId.VARCHAR]: asIs,
  [DuckDBTypeId.TIMESTAMP]: timestamp,
  [DuckDBTypeId.TIMESTAMP_TZ]: timestamp,
  [DuckDBTypeId.DATE]: date,
  [DuckDBTypeId.BLOB]: (value) => (value instanceof DuckDBBlobValue ? Uint8Array.from(value.bytes) : String(value)),
};
