/** DuckDB's types by their names in SQL, as the shared column types. */
import type { ColumnType } from '../types.js';

const simple: Readonly<Record<string, ColumnType>> = {
  BOOLEAN: { kind: 'boolean' },
  TINYINT: { kind: 'integer', bits: 8, unsigned: false },
  SMALLINT: { kind: 'integer', bits: 16, unsigned: false },
  INTEGER: { kind: 'integer', bits: 32, unsigned: false },
  BIGINT: { kind: 'integer', bits: 64, unsigned: false },
  UTINYINT: { kind: 'integer', bits: 8, unsigned: true },
  USMALLINT: { kind: 'integer', bits: 16, unsigned: true },
  UINTEGER: { kind: 'integer', bits: 32, unsigned: true },
  UBIGINT: { kind: 'integer', bits: 64, unsigned: true },
  // Sums of integers; what has 39 digits is refused when it is stored, never rounded.
  HUGEINT: { kind: 'decimal', precision: 38, scale: 0 },
  UHUGEINT: { kind: 'decimal', precision: 38, scale: 0 },
  FLOAT: { kind: 'float' },
  DOUBLE: { kind: 'double' },
  VARCHAR: { kind: 'text' },
  JSON: { kind: 'json' },
  BLOB: { kind: 'binary' },
  DATE: { kind: 'date' },
  TIME: { kind: 'time' },
  TIMESTAMP: { kind: 'timestamp' },
  TIMESTAMP_S: { kind: 'timestamp' },
  TIMESTAMP_MS: { kind: 'timestamp' },
  'TIMESTAMP WITH TIME ZONE': { kind: 'timestamp' },
};

/**
 * The shared type of a DuckDB type's name. Nested values become JSON; what no other kind holds exactly (nanoseconds,
 * intervals, UUIDs, enums, bits) becomes text.
 */
export function columnType(name: string): ColumnType {
  const known = simple[name];
  if (known !== undefined) return known;
  const decimal = parseDecimal(name);
  if (decimal !== undefined) return decimal;
  const nested = /\[\d*\]$|^(STRUCT|MAP|UNION|VARIANT)\b/.test(name);
  return nested ? { kind: 'json' } : { kind: 'text' };
}

/** The shared type of a warehouse's column: its comment tells where the type alone does not (see `dialect.ts`). */
export function commentedType(name: string, comment: string): ColumnType {
  const [word = ''] = comment.split(' ');
  if (word === 'json' || word === 'time' || word === 'float') return { kind: word };
  return parseDecimal(word.toUpperCase()) ?? columnType(name);
}

function parseDecimal(name: string): ColumnType | undefined {
  const found = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(name);
  return found === null ? undefined : { kind: 'decimal', precision: Number(found[1]), scale: Number(found[2]) };
}
