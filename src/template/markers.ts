/**
 * How the place of every rendered character is known: the parsed template gets a marker before each piece of text and each
 * `{{…}}`, the marker is rendered with it, and this file takes the markers out again and keeps what they say.
 * Markers stand between two Unicode noncharacters, which no text may hold.
 */
import type { Place } from '../errors.js';
import { lastAtOrBelow, lineStarts, placeInFile } from './lines.js';
import type { TemplateFile } from './types.js';

const open = '\uFDD0';
const close = '\uFDD1';
const marker = new RegExp(`${open}([=@+-])([^${close}]*)${close}`, 'g');

/** What follows was copied from the template, beginning at this offset. */
export const copiedFrom = (offset: number): string => `${open}=${offset}${close}`;
/** What follows was written by the `{{…}}` at this offset. */
export const writtenBy = (offset: number): string => `${open}@${offset}${close}`;
/** The text of a macro, whose own markers count in the macro's file. */
export const macroText = (name: string, text: string): string => `${open}+${name}${close}${text}${open}-${close}`;

interface Piece {
  readonly file: TemplateFile;
  readonly offset: number;
  readonly copied: boolean;
}

/** The text without its markers, and the place of each of its characters. */
export function takeMarkersOut(
  marked: string,
  template: TemplateFile,
  macros: ReadonlyMap<string, TemplateFile>,
): { readonly text: string; readonly placeAt: (offset: number) => Place } {
  const files = [template];
  const pieces: Piece[] = [];
  const pieceStarts: number[] = [];
  let text = '';
  let read = 0;
  for (const match of marked.matchAll(marker)) {
    text += marked.slice(read, match.index);
    read = match.index + match[0].length;
    const [, kind, value = ''] = match;
    if (kind === '+') files.push(macros.get(value) ?? template);
    else if (kind === '-') files.pop();
    else {
      pieceStarts.push(text.length);
      pieces.push({ file: files.at(-1) ?? template, offset: Number(value), copied: kind === '=' });
    }
  }
  text += marked.slice(read);

  const startsOf = new Map<TemplateFile, readonly number[]>();
  const placeAt = (offset: number): Place => {
    const index = lastAtOrBelow(pieceStarts, offset);
    const piece = pieces[index];
    if (piece === undefined) return placeInFile(template, 0);
    const starts = startsOf.get(piece.file) ?? lineStarts(piece.file.text);
    startsOf.set(piece.file, starts);
    const into = piece.copied ? Math.max(0, offset - (pieceStarts[index] ?? 0)) : 0;
    return placeInFile(piece.file, piece.offset + into, starts);
  };
  return { text, placeAt };
}
