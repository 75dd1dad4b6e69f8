/** Sets of places, kept as lists in the order in which they were found. */
import type { ColumnPlace, Origins, QueryLineage } from './types.js';

export function nameOf({ table, column }: ColumnPlace): string {
  return `${table}.${column ?? '*'}`;
}

export function union(...lists: readonly Origins[]): Origins {
  const [first, second] = lists.filter((list) => list.length > 0);
  if (second === undefined) return first ?? [];
  const found = new Map<string, ColumnPlace>();
  for (const place of lists.flat()) if (!found.has(nameOf(place))) found.set(nameOf(place), place);
  return [...found.values()];
}

export function wholeTables(tables: Iterable<string>): Origins {
  return [...new Set(tables)].map((table) => ({ table, column: undefined }));
}

/** All that the columns of a query, or of what stands in its FROM, come from. */
export function allOrigins({ columns, rest }: Pick<QueryLineage, 'columns' | 'rest'>): Origins {
  return union(...columns.map(({ from }) => from), rest ?? []);
}
