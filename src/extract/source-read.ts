/** What to read of a source, as engines take it. */
import type { SourceRead } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { Source } from '../pipeline/types.js';

/** The rows of a source. */
export function toSourceRead(source: Source): SourceRead {
  return {
    table: 'table' in source.from ? source.from.table : undefined,
    query: 'query' in source.from ? source.from.query : undefined,
    columns: source.columns,
    key: source.key,
    cursor: source.incremental?.cursor,
    nullCursor: source.incremental?.nullCursor === 'skip' ? 'skip' : 'include',
  };
}

/**
 * The same rows with their keys alone, and the columns of these. It asks for no order, so that the server may take the
 * smallest index there is.
 */
export function toKeyRead(read: SourceRead, columns: readonly Column[]) {
  const keyColumns = columns.filter(({ name }) => read.key.includes(name));
  const { add, rename } = read.columns;
  const sourceName = (name: string) => Object.entries(rename).find(([, to]) => to === name)?.[0] ?? name;
  const names = keyColumns.map(({ name }) => name);
  const include = names.filter((name) => !Object.hasOwn(add, name)).map(sourceName);
  const keyRead: SourceRead = {
    ...read,
    columns: {
      include,
      exclude: [],
      rename: Object.fromEntries(Object.entries(rename).filter(([from]) => include.includes(from))),
      add: Object.fromEntries(Object.entries(add).filter(([name]) => names.includes(name))),
    },
    key: [],
  };
  return { keyRead, keyColumns };
}
