/** Rows of a CSV file (RFC 4180), with the place of every field. */
import type { Place } from '../errors.js';

export interface CsvField {
  /** null for an empty field that is not quoted. */
  readonly text: string | null;
  readonly where: Place;
}

/** The records, that of the names first; lines without any character are left out. `path` goes into every place. */
export function parseCsv(path: string, text: string): readonly (readonly CsvField[])[] {
  const records: CsvField[][] = [];
  let record: CsvField[] = [];
  let line = 1;
  let lineStart = 0;
  const source = text.replace(/^\uFEFF/, '');
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  while (pattern.lastIndex < source.length || record.length > 0) {
    const start = pattern.lastIndex;
    const match = pattern.exec(source) ?? unquoted(pattern, source, start);
    const [, quoted, plain = '', end = ''] = match;
    const field = quoted === undefined ? (plain === '' ? null : plain) : quoted.replaceAll('""', '"');
    record.push({ text: field, where: { path, line, column: start - lineStart + 1 } });
    const breaks = (quoted ?? '').split('\n').length - 1;
    line += breaks;
    if (breaks > 0) lineStart = source.lastIndexOf('\n', pattern.lastIndex - end.length - 1) + 1;
    if (end === ',') continue;
    if (record.length > 1 || field !== null) records.push(record);
    record = [];
    line += 1;
    lineStart = pattern.lastIndex;
  }
  return records;
}

/** A field with a stray quote is taken as it stands, up to the next comma or the end of its line. */
function unquoted(pattern: RegExp, source: string, start: number): readonly (string | undefined)[] {
  const [whole = '', plain = '', end = ''] = /^([^,\r\n]*)(,|\r?\n|$)/.exec(source.slice(start)) ?? [];
  pattern.lastIndex = start + whole.length;
  return [whole, undefined, plain, end];
}
