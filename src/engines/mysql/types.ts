/** Column types from a result's metadata, which tells them for tables, queries and expressions alike. */
import type { FieldPacket } from 'mysql2';
import type { Column, ColumnType } from '../types.js';

/** The protocol's numbers of types; the driver's own table of them is not exported to ES modules. */
export const fieldTypes = {
  DECIMAL: 0,
  TINY: 1,
  SHORT: 2,
  LONG: 3,
  FLOAT: 4,
  DOUBLE: 5,
  TIMESTAMP: 7,
  LONGLONG: 8,
  INT24: 9,
  DATE: 10,
  TIME: 11,
  DATETIME: 12,
  YEAR: 13,
  NEWDATE: 14,
  VARCHAR: 15,
  BIT: 16,
  TIMESTAMP2: 17,
  DATETIME2: 18,
  TIME2: 19,
  VECTOR: 242,
  JSON: 245,
  NEWDECIMAL: 246,
  VAR_STRING: 253,
  STRING: 254,
  GEOMETRY: 255,
} as const;

const flags = { notNull: 1, unsigned: 32, zerofill: 64 };
const binaryCharset = 63;
/** Bytes of a character in utf8mb4, the charset of every connection: lengths are given in bytes. */
const bytesPerCharacter = 4;

export interface TypeSettings {
  /**
   * True where TINYINT(1) means boolean: in our own warehouse, where nothing else is written so. In a source it is an
   * integer of 8 bits, since it may hold 2 or -1.
   */
  readonly booleans: boolean;
}

/** A result's column in its shared type. Dates are nullable everywhere, since a zero date arrives as NULL. */
export function columnFromField(field: FieldPacket, settings: TypeSettings = { booleans: false }): Column {
  const type = typeFromField(field, settings);
  const dated = type.kind === 'date' || type.kind === 'timestamp';
  return { name: field.name, type, nullable: (dated && !settings.booleans) || (flagsOf(field) & flags.notNull) === 0 };
}

export function typeFromField(field: FieldPacket, settings: TypeSettings = { booleans: false }): ColumnType {
  const length = field.columnLength ?? 0;
  const unsigned = (flagsOf(field) & flags.unsigned) !== 0;
  const integer = (bits: 8 | 16 | 32 | 64): ColumnType => ({ kind: 'integer', bits, unsigned });
  switch (field.columnType) {
    case fieldTypes.TINY:
      return settings.booleans && length === 1 ? { kind: 'boolean' } : integer(8);
    case fieldTypes.SHORT:
      return integer(16);
    case fieldTypes.INT24:
    case fieldTypes.LONG:
      return integer(32);
    case fieldTypes.LONGLONG:
      return integer(64);
    case fieldTypes.YEAR:
      return { kind: 'integer', bits: 16, unsigned: true };
    case fieldTypes.BIT:
      return { kind: 'integer', bits: 64, unsigned: true };
    case fieldTypes.DECIMAL:
    case fieldTypes.NEWDECIMAL:
      return {
        kind: 'decimal',
        precision: length - (field.decimals > 0 ? 1 : 0) - (unsigned ? 0 : 1),
        scale: field.decimals,
      };
    case fieldTypes.FLOAT:
      return { kind: 'float' };
    case fieldTypes.DOUBLE:
      return { kind: 'double' };
    case fieldTypes.DATE:
    case fieldTypes.NEWDATE:
      return { kind: 'date' };
    case fieldTypes.TIME:
    case fieldTypes.TIME2:
      return { kind: 'time' };
    case fieldTypes.DATETIME:
    case fieldTypes.DATETIME2:
    case fieldTypes.TIMESTAMP:
    case fieldTypes.TIMESTAMP2:
      return { kind: 'timestamp' };
    case fieldTypes.JSON:
      return { kind: 'json' };
    case fieldTypes.GEOMETRY:
    case fieldTypes.VECTOR:
      return { kind: 'binary' };
    default:
      return textOrBinary(field, length);
  }
}

function textOrBinary(field: FieldPacket, length: number): ColumnType {
  if (field.extendedFormat === 'json') return { kind: 'json' };
  const bounded =
    field.columnType === fieldTypes.VARCHAR ||
    field.columnType === fieldTypes.VAR_STRING ||
    field.columnType === fieldTypes.STRING;
  if (field.characterSet === binaryCharset) return bounded ? { kind: 'binary', maxLength: length } : { kind: 'binary' };
  return bounded ? { kind: 'text', maxLength: Math.floor(length / bytesPerCharacter) } : { kind: 'text' };
}

function flagsOf(field: FieldPacket): number {
  return typeof field.flags === 'number' ? field.flags : 0;
}

/** True for numbers that the server pads with zeros. */
export function isZerofill(field: FieldPacket): boolean {
  return (flagsOf(field) & flags.zerofill) !== 0;
}
