/** Rows that a source marks as deleted. */
import type { Dialect } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { Source } from '../pipeline/types.js';

/** The condition over `n` that a row is deleted in the source, never NULL itself; undefined where it marks none. */
export function softDeleted(dialect: Dialect, { deletes }: Source, columns: readonly Column[]): string | undefined {
  if (deletes.policy !== 'soft_column') return undefined;
  const type = columns.find(({ name }) => name === deletes.column)?.type;
  const value = `n.${dialect.identifier(deletes.column)}`;
  if (type?.kind === 'boolean') return `coalesce(${value}, false)`;
  return type?.kind === 'integer' ? `coalesce(${value}, 0) <> 0` : `${value} is not null`;
}

/** The rows of a relation that are not deleted. */
export function live(relation: string, deletedWhen: string | undefined): string {
  return deletedWhen === undefined ? relation : `(select * from ${relation} n where not (${deletedWhen}))`;
}
