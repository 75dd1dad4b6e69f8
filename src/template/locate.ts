/** From a database's complaint about rendered SQL to the place in the user's template. */
import type { SqlErrorPosition } from '../engines/contract.js';
import type { Place } from '../errors.js';
import { lineStarts } from './lines.js';
import type { Rendered } from './types.js';

/**
 * The place to show for an error of the database: exact where it gave an offset or a line and column; else the first
 * occurrence of the name it complains about (from its line on, where it gave one); else its line; else the template's start.
 */
export function locateSqlError(rendered: Rendered, error: SqlErrorPosition): Place {
  if (error.position !== undefined) return rendered.placeAt(error.position);
  const starts = lineStarts(rendered.sql);
  const lineStart = error.line === undefined ? undefined : (starts[error.line - 1] ?? starts.at(-1) ?? 0);
  if (lineStart !== undefined && error.column !== undefined) return rendered.placeAt(lineStart + error.column - 1);
  if (error.name !== undefined) {
    const found = occurrence(rendered.sql, error.name, lineStart ?? 0) ?? occurrence(rendered.sql, error.name, 0);
    if (found !== undefined) return { ...rendered.placeAt(found), about: true };
  }
  return { ...rendered.placeAt(textStart(rendered.sql, lineStart ?? 0)), about: true };
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
