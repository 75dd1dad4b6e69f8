/** Which columns of a source arrive in staging, as far as the YAML alone tells. */
import type { Source } from './types.js';

/** Why a staging column cannot be there; undefined where it may. */
export function absence(column: string, { columns }: Source): string | undefined {
  if (Object.hasOwn(columns.add, column)) return undefined;
  const renamedFrom = Object.entries(columns.rename).find(([, to]) => to === column)?.[0];
  const newName = Object.hasOwn(columns.rename, column) ? columns.rename[column] : undefined;
  if (renamedFrom === undefined && newName !== undefined) return `'${column}' is renamed to '${newName}'`;
  const inSource = renamedFrom ?? column;
  if (columns.exclude.includes(inSource)) return `'${column}' is excluded by 'columns'`;
  const left = columns.include !== undefined && !columns.include.includes(inSource);
  return left ? `'${column}' is not among the included columns` : undefined;
}
