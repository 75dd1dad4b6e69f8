/** Rows of a query: a table for people, CSV for other programs. */
import type { Cell, Column, ResultRow } from '../engines/types.js';
import type { Paint } from './paint.js';
import { formatTable } from './table.js';

const maxCellWidth = 60;

/** A table; where that is wider than `width` characters, a block of lines for each row. */
export function formatResult(
  columns: readonly Column[],
  rows: readonly ResultRow[],
  width: number,
  paint: Paint,
): string {
  const cells = rows.map((row) => columns.map(({ name }) => shown(row[name] ?? null)));
  const table = formatTable(
    columns.map(({ name, type }) => ({
      title: name,
      align: ['integer', 'decimal', 'float', 'double'].includes(type.kind) ? ('right' as const) : ('left' as const),
      maxWidth: maxCellWidth,
    })),
    cells,
    paint,
  );
  const fits = tableWidth(columns, cells) <= width;
  return fits ? table : cells.map((row, index) => block(columns, row, index + 1, paint)).join('\n\n');
}

/** RFC 4180 with a line of names: NULL is nothing, an empty text is `""`. */
export function formatCsv(columns: readonly Column[], rows: readonly ResultRow[]): string {
  const lines = rows.map((row) => columns.map(({ name }) => csvCell(row[name] ?? null)).join(','));
  return [columns.map(({ name }) => csvCell(name)).join(','), ...lines].join('\n');
}

/** Bytes as digits, so that JSON can hold them. */
export function plainRow(row: ResultRow): ResultRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [name, cell instanceof Uint8Array ? hexadecimal(cell) : cell]),
  );
}

function tableWidth(columns: readonly Column[], cells: readonly (readonly string[])[]): number {
  const widths = columns.map(({ name }, index) =>
    Math.max(name.length, ...cells.map((row) => Math.min(maxCellWidth, row[index]?.length ?? 0))),
  );
  return widths.reduce((total, width) => total + width + 2, -2);
}

function block(columns: readonly Column[], row: readonly string[], number: number, paint: Paint): string {
  const nameWidth = Math.max(...columns.map(({ name }) => name.length));
  const lines = columns.map(({ name }, index) => `${paint.dim(name.padEnd(nameWidth))}  ${row[index] ?? ''}`.trimEnd());
  return [paint.dim(`row ${number}`), ...lines].join('\n');
}

function shown(cell: Cell): string {
  return cell === null ? 'NULL' : textOf(cell);
}

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  const text = textOf(cell);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function textOf(cell: Exclude<Cell, null>): string {
  return cell instanceof Uint8Array ? hexadecimal(cell) : String(cell);
}

function hexadecimal(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}
