/** Compares the columns a definition gives with those a table has. */
import type { Column, ColumnType } from '../engines/types.js';

export interface ColumnChanges {
  readonly added: readonly Column[];
  /** Columns that the table has and the definition no longer gives. */
  readonly dropped: readonly Column[];
  /** Columns whose new type holds every value of the table's, and more. */
  readonly widened: readonly ColumnChange[];
  /** Columns whose new type does not fit the table's. */
  readonly changed: readonly ColumnChange[];
}

export interface ColumnChange {
  /** As it is wanted. */
  readonly column: Column;
  /** The type that the table has. */
  readonly from: ColumnType;
}

export function compareColumns(existing: readonly Column[], wanted: readonly Column[]): ColumnChanges {
  const byName = new Map(existing.map((column) => [column.name, column]));
  const names = new Set(wanted.map((column) => column.name));
  const misfits = wanted.flatMap((column): ColumnChange[] => {
    const old = byName.get(column.name);
    return old === undefined || fits(column.type, old.type) ? [] : [{ column, from: old.type }];
  });
  return {
    added: wanted.filter((column) => !byName.has(column.name)),
    dropped: existing.filter((column) => !names.has(column.name)),
    widened: misfits.filter(({ column, from }) => fits(from, column.type)),
    changed: misfits.filter(({ column, from }) => !fits(from, column.type)),
  };
}

/** True where every value of the new type can stand in a column of the old type unchanged. */
export function fits(type: ColumnType, column: ColumnType): boolean {
  if (type.kind === 'integer' && column.kind === 'integer') {
    if (type.unsigned === column.unsigned) return type.bits <= column.bits;
    return type.unsigned && type.bits < column.bits;
  }
  if (type.kind === 'decimal' && column.kind === 'decimal') {
    return type.scale <= column.scale && type.precision - type.scale <= column.precision - column.scale;
  }
  if (isSized(type) && isSized(column) && type.kind === column.kind) {
    return column.maxLength === undefined || (type.maxLength !== undefined && type.maxLength <= column.maxLength);
  }
  return type.kind === column.kind || (type.kind === 'float' && column.kind === 'double');
}

type Sized = Extract<ColumnType, { kind: 'text' | 'binary' }>;

function isSized(type: ColumnType): type is Sized {
  return type.kind === 'text' || type.kind === 'binary';
}
