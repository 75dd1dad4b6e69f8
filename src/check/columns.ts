/** A column that a definition names and a table has not. */
import { nearestHint } from '../config/nearest.js';
import { errorAt } from '../config/problems.js';
import type { Column } from '../engines/types.js';
import type { Place, Problem } from '../errors.js';

/** Where the name stands, and which it is. */
export interface NamedColumn {
  readonly name: string;
  readonly where: Place;
}

/** Databases take names of columns in any case. */
export function absentColumns(
  named: readonly NamedColumn[],
  table: string,
  columns: readonly Column[],
): readonly Problem[] {
  return absent(named, table, columns, (left, right) => left.toLowerCase() === right.toLowerCase());
}

/** As `absentColumns`, of names that chat-etl itself looks for as they are written. */
export function absentColumnsAsWritten(
  named: readonly NamedColumn[],
  table: string,
  columns: readonly Column[],
): readonly Problem[] {
  return absent(named, table, columns, (left, right) => left === right);
}

function absent(
  named: readonly NamedColumn[],
  table: string,
  columns: readonly Column[],
  isSame: (left: string, right: string) => boolean,
): readonly Problem[] {
  const names = columns.map(({ name }) => name);
  return named
    .filter(({ name }) => !names.some((other) => isSame(other, name)))
    .map(({ name, where }) => errorAt(where, `'${table}' has no column '${name}'`, nearestHint(name, names)));
}
