/** Rows as the lines of LOAD DATA: fields end with a tab, lines with a newline, a backslash escapes, `\N` is NULL. */
import type { Cell, Column, RowBatch } from '../types.js';

const special = /[\t\n\\\0]/;
const specials = /[\t\n\\\0]/g;
const escapes: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\\': '\\\\', '\0': '\\0' };

/** Rows are written out in parts, so that no text grows beyond what the runtime copies fast. */
const rowsPerChunk = 2000;
/** A packet of the protocol holds less than 16 MB. */
const chunkBytes = 1024 * 1024;

/** Binary cells are written in hex. No part is larger than half of what the server takes at once. */
export function encodeLines(
  columns: readonly Column[],
  rows: RowBatch['rows'],
  maxPacketBytes = 2 * chunkBytes,
): readonly Buffer[] {
  const partBytes = Math.min(chunkBytes, Math.floor(maxPacketBytes / 2));
  const fields = columns.map((column) =>
    column.type.kind === 'text' || column.type.kind === 'json' ? textField : field,
  );
  const chunks: Buffer[] = [];
  for (let first = 0; first < rows.length; first += rowsPerChunk) {
    const lines = Buffer.from(linesOf(fields, rows.slice(first, first + rowsPerChunk)));
    for (let start = 0; start < lines.length; start += partBytes) {
      chunks.push(lines.subarray(start, start + partBytes));
    }
  }
  return chunks;
}

function linesOf(fields: readonly ((cell: Cell) => string)[], rows: RowBatch['rows']): string {
  let lines = '';
  for (const row of rows) {
    for (let index = 0; index < fields.length; index++) {
      const cell = row[index] ?? null;
      const text = cell === null ? '\\N' : (fields[index]?.(cell) ?? '');
      lines += index === 0 ? text : `\t${text}`;
    }
    lines += '\n';
  }
  return lines;
}

function field(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'boolean') return cell ? '1' : '0';
  if (cell instanceof Uint8Array) return Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString('hex');
  return Object.is(cell, -0) ? '-0' : String(cell);
}

function textField(cell: Cell): string {
  const text = field(cell);
  return special.test(text) ? text.replace(specials, (character) => escapes[character] ?? character) : text;
}
