/** The text that a template has written so far, with the place of each of its characters. */
import type { Place } from '../errors.js';
import { lastAtOrBelow, lineStarts, placeInFile } from './lines.js';
import type { TemplateFile } from './types.js';

interface Piece {
  readonly file: TemplateFile;
  readonly offset: number;
  readonly copied: boolean;
}

export class Pieces {
  text = '';
  readonly #pieces: Piece[] = [];
  /** Where each piece begins in the text. */
  readonly #starts: number[] = [];
  readonly #lineStarts = new Map<TemplateFile, readonly number[]>();
  readonly #template: TemplateFile;

  constructor(template: TemplateFile) {
    this.#template = template;
  }

  /** Text that stands in a file at an offset. */
  copy(file: TemplateFile, offset: number, text: string): void {
    this.#add({ file, offset, copied: true }, text);
  }

  /** Text that the `{{…}}` at an offset of a file gave. */
  write(file: TemplateFile, offset: number, text: string): void {
    this.#add({ file, offset, copied: false }, text);
  }

  /** The place that wrote the character at an offset of the text. */
  placeAt = (offset: number): Place => {
    const index = lastAtOrBelow(this.#starts, offset);
    const piece = this.#pieces[index];
    if (piece === undefined) return placeInFile(this.#template, 0);
    const { file, copied } = piece;
    const starts = this.#lineStarts.get(file) ?? lineStarts(file.text);
    this.#lineStarts.set(file, starts);
    const into = copied ? Math.max(0, offset - (this.#starts[index] ?? 0)) : 0;
    return placeInFile(file, piece.offset + into, starts);
  };

  #add(piece: Piece, text: string): void {
    this.#pieces.push(piece);
    this.#starts.push(this.text.length);
    this.text += text;
  }
}
