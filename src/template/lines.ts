/** Offsets of a text and its lines and columns. Lines end in LF, CRLF or CR; columns count UTF-16 units from 1. */
import type { Place } from '../errors.js';
import type { TemplateFile } from './types.js';

const lineEnd = /\r\n?|\n/g;

/** The offsets at which the lines of a text begin. */
export function lineStarts(text: string): readonly number[] {
  return [0, ...Array.from(text.matchAll(lineEnd), (match) => match.index + match[0].length)];
}

/** The place of an offset in a file; an offset past the end is the end's. */
export function placeInFile(file: TemplateFile, offset: number, starts = lineStarts(file.text)): Place {
  const bounded = Math.max(0, Math.min(offset, file.text.length));
  const line = lastAtOrBelow(starts, bounded);
  return { path: file.path, line: line + 1, column: bounded - (starts[line] ?? 0) + 1 };
}

/** The text of a line (from 1), without its end; undefined where there is no such line. */
export function lineText(text: string, line: number): string | undefined {
  return text.split(lineEnd)[line - 1];
}

/** The source line at a place, where its file is among `texts` (path -> text). */
export function sourceLineAt(place: Place, texts: ReadonlyMap<string, string>): string | undefined {
  const text = texts.get(place.path);
  return text === undefined ? undefined : lineText(text, place.line);
}

/** Index of the last of the ascending `values` that is not above `wanted`; 0 where all are. */
export function lastAtOrBelow(values: readonly number[], wanted: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((values[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}
