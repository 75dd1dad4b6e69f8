/** Rows as the lines of LOAD DATA: fields end with a tab, lines with a newline, a backslash escapes, `\N` is NULL. */
import type { Column, RowBatch } from '../types.js';

const tab = 9;
const newline = 10;
const backslash = 92;
/** Byte -> what stands for it behind a backslash. */
const escapes = new Uint8Array(256);
for (const [byte, letter] of [
  [tab, 't'],
  [newline, 'n'],
  [backslash, '\\'],
  [0, '0'],
] as const) {
  escapes[byte] = letter.charCodeAt(0);
}
const nullLetter = 'N'.charCodeAt(0);

/** A packet of the protocol holds less than 16 MB. */
const chunkBytes = 1024 * 1024;

/** Binary cells are written in hex. No part is larger than half of what the server takes at once. */
export function encodeLines(
  columns: readonly Column[],
  batch: RowBatch,
  maxPacketBytes = 2 * chunkBytes,
): readonly Buffer[] {
  const partBytes = Math.min(chunkBytes, Math.floor(maxPacketBytes / 2));
  const lines = linesOf(columns.map(writerOf), batch);
  const parts: Buffer[] = [];
  for (let start = 0; start < lines.length; start += partBytes) parts.push(lines.subarray(start, start + partBytes));
  return parts;
}

/** Writes a cell to `to` from `at` on; where it ends there. */
type Write = (data: Buffer, start: number, end: number, to: Buffer, at: number) => number;

function linesOf(writers: readonly Write[], { rowCount, data, places }: RowBatch): Buffer {
  let lines: Buffer = Buffer.allocUnsafe(data.length + 2 * rowCount * writers.length + spareBytes);
  let at = 0;
  let place = 0;
  for (let row = 0; row < rowCount; row++) {
    for (const write of writers) {
      const start = places[place++] ?? 0;
      const end = places[place++] ?? 0;
      // Escapes and hex double a cell at most.
      const needed = at + 2 * Math.max(end - start, 1) + 1;
      if (needed > lines.length) lines = grown(lines, needed);
      if (end < 0) {
        lines[at++] = backslash;
        lines[at++] = nullLetter;
      } else {
        at = write(data, start, end, lines, at);
      }
      lines[at++] = tab;
    }
    lines[at - 1] = newline;
  }
  return lines.subarray(0, at);
}

const spareBytes = 64 * 1024;

function grown(lines: Buffer, needed: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(needed, Math.ceil(1.5 * lines.length)));
  lines.copy(larger);
  return larger;
}

function writerOf({ type }: Column): Write {
  if (type.kind === 'binary') return writeHex;
  return type.kind === 'text' || type.kind === 'json' ? writeText : writeAsItIs;
}

const writeAsItIs: Write = (data, start, end, to, at) => {
  for (let from = start; from < end; from++) to[at++] = data[from] ?? 0;
  return at;
};

const writeText: Write = (data, start, end, to, at) => {
  for (let from = start; from < end; from++) {
    const byte = data[from] ?? 0;
    const letter = escapes[byte] ?? 0;
    if (letter === 0) {
      to[at++] = byte;
    } else {
      to[at++] = backslash;
      to[at++] = letter;
    }
  }
  return at;
};

const writeHex: Write = (data, start, end, to, at) => at + to.write(data.toString('hex', start, end), at, 'latin1');
