/** From a database's complaint about rendered SQL to the place in the user's template. */
import type { SqlErrorPosition } from '../engines/contract.js';
import type { Place } from '../errors.js';
import { lastAtOrBelow, lineStarts } from './lines.js';
import type { Rendered } from './types.js';

/** Where an error of the database is: in the user's file, and in the SQL that was sent. */
export interface SqlErrorLocation {
  readonly where: Place;
  /** The line of the rendered SQL, from 1. */
  readonly sqlLine: number;
}

/**
 * The place to show for an error of the database: exact where it gave an offset or a line and column; else the first
 * occurrence of the name it complains about (from its line on, where it gave one); else its line; else the template's start.
 */
export function locateSqlError(rendered: Rendered, error: SqlErrorPosition): SqlErrorLocation {
  const starts = lineStarts(rendered.sql);
  const { offset, about } = findOffset(rendered.sql, error, starts);
  const place = rendered.placeAt(offset);
  return { where: about ? { ...place, about } : place, sqlLine: lastAtOrBelow(starts, offset) + 1 };
}

function findOffset(
  sql: string,
  { position, line, column, name }: SqlErrorPosition,
  starts: readonly number[],
): { readonly offset: number; readonly about: boolean } {
  if (position !== undefined) return { offset: position, about: false };
  const lineStart = line === undefined ? undefined : (starts[line - 1] ?? starts.at(-1) ?? 0);
  if (lineStart !== undefined && column !== undefined) return { offset: lineStart + column - 1, about: false };
  const named = name === undefined ? undefined : (occurrence(sql, name, lineStart ?? 0) ?? occurrence(sql, name, 0));
  return { offset: named ?? textStart(sql, lineStart ?? 0), about: true };
}

/** Where a name stands as a whole word: as it is written, else its last part (`m.body` may be written `"m"."body"`). */
function occurrence(sql: string, name: string, from: number): number | undefined {
  for (const wanted of [name, name.split('.').at(-1) ?? name]) {
    const word = new RegExp(`(?<![\\p{L}\\p{N}_])${escapeForPattern(wanted)}(?![\\p{L}\\p{N}_])`, 'giu');
    word.lastIndex = from;
    const match = word.exec(sql);
    if (match !== null) return match.index;
  }
  return undefined;
}

/** The first character at or after an offset that is no white space. */
function textStart(sql: string, from: number): number {
  const blank = sql.slice(from).search(/\S/);
  return blank < 0 ? from : from + blank;
}

function escapeForPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
