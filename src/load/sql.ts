/** Small pieces of SQL that every engine reads alike. */
import type { Dialect } from '../engines/contract.js';

/** `"a", "b"` or, with a prefix, `t."a", t."b"`. */
export function quoted(dialect: Dialect, columns: readonly string[], prefix = ''): string {
  return columns.map((column) => prefix + dialect.identifier(column)).join(', ');
}

/** `a."x" = b."y" and …` for keys, which are never null. */
export function onKeys(
  dialect: Dialect,
  left: string,
  leftColumns: readonly string[],
  right: string,
  rightColumns: readonly string[],
): string {
  return leftColumns
    .map(
      (column, index) =>
        `${left}.${dialect.identifier(column)} = ${right}.${dialect.identifier(rightColumns[index] ?? '')}`,
    )
    .join(' and ');
}

/** Name of the change log of a table. */
export function changeLogOf(table: string): string {
  return `etl_changes_${table}`;
}
