/** A plain table without vertical lines, for terminals and for reading as text. */
import Table from 'cli-table3';
import type { Paint } from './paint.js';

export interface TableColumn {
  readonly title: string;
  /** Numbers stand right, words left. */
  readonly align: 'left' | 'right';
  /** Longer cells are cut with `…`. */
  readonly maxWidth?: number;
}

/** Lines without a newline at the end; cells may hold colours. */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  paint: Paint,
): string {
  const table = new Table({
    head: columns.map(({ title }) => paint.dim(title)),
    colAligns: columns.map(({ align }) => align),
    chars: {
      ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
      ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
      ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '' },
      middle: '  ',
    },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => row.map((cell, index) => cut(cell, columns[index]?.maxWidth))));
  // The last column's padding would be trailing blanks.
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function cut(cell: string, maxWidth: number | undefined): string {
  const line = cell.replace(/\s*\n\s*/g, ' ');
  return maxWidth === undefined || line.length <= maxWidth ? line : `${line.slice(0, maxWidth - 1)}…`;
}
