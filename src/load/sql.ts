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

/** The change log's column for a value before a change. */
export function beforeColumn(column: string): string {
  return `etl_before_${column}`;
}

/** The change log's column for a value after a change. */
export function afterColumn(column: string): string {
  return `etl_after_${column}`;
}

/** The change log's column that says of an update whether it changed a column. */
export function changedColumn(column: string): string {
  return `etl_changed_${column}`;
}

/** Name of the table of a model's dirty partitions. */
export function dirtyTableOf(model: string): string {
  return `etl_dirty_${model}`;
}

/** Name of the change log of a table. */
export function changeLogOf(table: string): string {
  return `etl_changes_${table}`;
}
