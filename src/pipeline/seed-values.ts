/** What the fields of a seed's CSV may hold, by type; checked without a database, so that every engine takes what passes. */
import { parseType } from '../engines/type-text.js';
import type { ColumnType } from '../engines/types.js';

/** The type of a seed's column as the YAML writes it; undefined where it is none that all engines keep alike. */
export function seedType(text: string): ColumnType | undefined {
  if (text === 'integer') return { kind: 'integer', bits: 64, unsigned: false };
  const type = parseType(text);
  if (type?.kind !== 'decimal') return type;
  const { precision, scale } = type;
  return precision >= 1 && precision <= mostDigits && scale <= Math.min(precision, mostPlaces) ? type : undefined;
}

const mostDigits = 38;
const mostPlaces = 30;

const booleans: ReadonlyMap<string, string> = new Map([
  ['true', '1'],
  ['1', '1'],
  ['false', '0'],
  ['0', '0'],
]);

/** The value in one spelling, so that equal values are equal texts; undefined where it does not fit. */
export function seedValue(text: string, type: ColumnType): string | undefined {
  switch (type.kind) {
    case 'boolean':
      return booleans.get(text);
    case 'integer':
      return integer(text);
    case 'decimal':
      return decimal(text, type);
    case 'double':
      return double(text);
    case 'date':
      return isDate(text) ? text : undefined;
    case 'timestamp':
      return timestamp(text);
    default:
      return text;
  }
}

function integer(text: string): string | undefined {
  if (!/^[+-]?\d{1,40}$/.test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, value) === value ? String(value) : undefined;
}

function decimal(text: string, { precision, scale }: ColumnType & { readonly kind: 'decimal' }): string | undefined {
  const [, sign = '', whole, places = ''] = /^([+-]?)0*(\d+)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
  if (whole === undefined || places.length > scale) return undefined;
  if (whole !== '0' && whole.length > precision - scale) return undefined;
  const digits = places === '' ? whole : `${whole}.${places}`;
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}

function double(text: string): string | undefined {
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  // There is one zero in a table.
  return Number.isFinite(value) ? String(value === 0 ? 0 : value) : undefined;
}

/** From the year 1000 on, as MySQL keeps them. */
function isDate(text: string): boolean {
  if (!/^[1-9]\d{3}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function timestamp(text: string): string | undefined {
  const [, date = '', time, seconds = ':00', fraction = ''] =
    /^(\S{10})[ T]((?:[01]\d|2[0-3]):[0-5]\d)(:[0-5]\d)?(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  if (time === undefined || !isDate(date)) return undefined;
  return `${date} ${time}${seconds}.${fraction.padEnd(6, '0')}`;
}
