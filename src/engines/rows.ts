/** Batches from cells and cells from batches, for those that have or want values of the runtime. */
import type { Cell, Column, ColumnType, RowBatch } from './types.js';

/** The end of a NULL in `RowBatch.places`. */
export const nullEnd = -1;

/** @param bytes approximate size; that of the texts by default */
export function packRows(rows: readonly (readonly Cell[])[], bytes?: number): RowBatch {
  const places = new Int32Array(2 * rows.reduce((cells, row) => cells + row.length, 0));
  const texts: Uint8Array[] = [];
  let end = 0;
  let at = 0;
  for (const row of rows) {
    for (const cell of row) {
      places[at++] = end;
      if (cell !== null) {
        const text = cell instanceof Uint8Array ? cell : Buffer.from(spelled(cell));
        texts.push(text);
        end += text.length;
      }
      places[at++] = cell === null ? nullEnd : end;
    }
  }
  return { rowCount: rows.length, data: Buffer.concat(texts), places, bytes: bytes ?? end };
}

/** `columns` are those of the read that the batch is of. */
export function unpackRows(columns: readonly Column[], batch: RowBatch): Cell[][] {
  return Array.from({ length: batch.rowCount }, (_, row) => unpackRow(columns, batch, row));
}

export function unpackRow(columns: readonly Column[], { data, places }: RowBatch, row: number): Cell[] {
  return columns.map(({ type }, index) => {
    const at = 2 * (row * columns.length + index);
    const [start = 0, end = nullEnd] = [places[at], places[at + 1]];
    return end < 0 ? null : readCell(type, data, start, end);
  });
}

function spelled(cell: Exclude<Cell, null | Uint8Array>): string {
  if (typeof cell === 'boolean') return cell ? '1' : '0';
  return Object.is(cell, -0) ? '-0' : String(cell);
}

function readCell(type: ColumnType, data: Buffer, start: number, end: number): Cell {
  switch (type.kind) {
    case 'text':
    case 'json':
      return data.toString('utf8', start, end);
    case 'binary':
      return Uint8Array.prototype.slice.call(data, start, end);
    case 'boolean':
      return data.toString('latin1', start, end) !== '0';
    case 'float':
    case 'double':
      return Number(data.toString('latin1', start, end));
    case 'integer':
      return type.bits === 64 ? data.toString('latin1', start, end) : Number(data.toString('latin1', start, end));
    default:
      return data.toString('latin1', start, end);
  }
}
