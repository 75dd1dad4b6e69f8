/** Columns that a source's definition names must arrive: without them its rows could not be merged rightly. */
import type { Column } from '../engines/types.js';
import { EtlError } from '../errors.js';
import type { Source } from '../pipeline/types.js';

/** Throws DEFINITION where a column of the key, one that marks deleted rows or tells their age, is not there. */
export function requireColumns(source: Source, columns: readonly Column[]): void {
  const { key, deletes, retention } = source;
  const needed = [
    ...key.map((name) => ({ name, use: 'its key' })),
    ...(retention === undefined ? [] : [{ name: retention.column, use: "the column of its 'retention'" }]),
    ...(deletes.policy === 'soft_column' ? [{ name: deletes.column, use: "its 'soft_column'" }] : []),
  ];
  for (const { name, use } of needed) {
    if (columns.some((column) => column.name === name)) continue;
    throw new EtlError('DEFINITION', `source '${source.name}' has no column '${name}', which is ${use}`, {
      where: source.where,
      hint: `it has ${columns.map((column) => column.name).join(', ')}`,
    });
  }
}
