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

/** The same rows with their keys alone, and the columns of these. */
export function toKeyRead(read: SourceRead, columns: readonly Column[]) {
  const { columnRead, columns: keyColumns } = toColumnRead(read, columns, read.key);
  return { keyRead: columnRead, keyColumns };
}

/**
 * The same rows with some columns alone, given by their staging names. It asks for no order, so that the server may take the
 * smallest index there is.
 */
export function toColumnRead(read: SourceRead, all: readonly Column[], wanted: readonly string[]) {
  const columns = all.filter(({ name }) => wanted.includes(name));
  const { add, rename } = read.columns;
  const sourceName = (name: string) => Object.entries(rename).find(([, to]) => to === name)?.[0] ?? name;
  const names = columns.map(({ name }) => name);
  const include = names.filter((name) => !Object.hasOwn(add, name)).map(sourceName);
  const columnRead: SourceRead = {
    ...read,
    columns: {
      include,
      exclude: [],
      rename: Object.fromEntries(Object.entries(rename).filter(([from]) => include.includes(from))),
      add: Object.fromEntries(Object.entries(add).filter(([name]) => names.includes(name))),
    },
    key: [],
  };
  return { columnRead, columns };
}
