/**
 * Values as SQL text for sessions in NO_BACKSLASH_ESCAPES, where a quote is doubled and nothing else is special.
 * The driver's own escaping writes backslashes, so every connection uses these instead.
 */
import { EtlError } from '../../errors.js';
import type { Cell } from '../types.js';

export function quoteText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A name in ANSI quotes. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteValue(value: Cell | undefined): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return quoteText(value);
  // The literal -0 is an integer, which has one zero only.
  if (Object.is(value, -0)) return '-0e0';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  return `x'${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}'`;
}

const quotedOrMark = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|--[ \t][^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|\?/g;

/** Puts values in the places of `?` that stand outside of quotes and comments. Errors: INTERNAL where the counts differ. */
export function bindValues(sql: string, values: readonly unknown[] | undefined): string {
  if (values === undefined || values.length === 0) return sql;
  let used = 0;
  const bound = sql.replace(quotedOrMark, (found) => (found === '?' ? quoteValue(values[used++] as Cell) : found));
  if (used !== values.length) throw new EtlError('INTERNAL', `${values.length} values for ${used} places`, { sql });
  return bound;
}
