/** Follows columns up to the sources and down to whoever reads them. */
import { nameOf } from './origins.js';
import type { ColumnPlace, Origins, TableLineage } from './types.js';

/** What is known of one column. */
export interface ColumnFacts {
  readonly name: string;
  readonly from: Origins;
  /** Columns that come from it, or may. */
  readonly into: Origins;
  /** Tables whose rows it chooses: by a condition, a join, a group. */
  readonly choosesRowsOf: readonly string[];
  /** Where it begins: places that come from nothing else. */
  readonly sources: Origins;
}

export interface TableFacts {
  readonly table: string;
  readonly columns: readonly ColumnFacts[];
  readonly rowsChosenBy: Origins;
  readonly unresolved: string | undefined;
}

export interface Trace {
  /** In dependency order. */
  readonly tables: readonly TableFacts[];
  from(place: ColumnPlace): Origins;
  into(place: ColumnPlace): Origins;
}

export function traceOf(lineage: readonly TableLineage[]): Trace {
  const from = new Map<string, Origins>();
  const into = new Map<string, ColumnPlace[]>();
  const chosen = new Map<string, string[]>();
  for (const { table, columns, uses } of lineage) {
    for (const column of columns) {
      const place = { table, column: column.name };
      from.set(keyOf(place), column.from);
      for (const origin of column.from) listIn(into, keyOf(origin)).push(place);
    }
    for (const use of uses) listIn(chosen, keyOf(use)).push(table);
  }
  // Who reads a table, it is not known which columns, may read each of them.
  const withWhole = <T>(map: ReadonlyMap<string, readonly T[]>, { table, column }: ColumnPlace): readonly T[] => [
    ...(map.get(keyOf({ table, column })) ?? []),
    ...(column === undefined ? [] : (map.get(keyOf({ table, column: undefined })) ?? [])),
  ];
  const fromOf = (place: ColumnPlace) => from.get(keyOf(place)) ?? [];
  const facts = ({ table, columns, uses, unresolved }: TableLineage): TableFacts => ({
    table,
    columns: columns.map(({ name, from: origins }) => {
      const place = { table, column: name };
      return {
        name,
        from: origins,
        into: withWhole(into, place),
        choosesRowsOf: withWhole(chosen, place),
        sources: origins.length === 0 ? [] : [...reached(place, fromOf)].filter((it) => fromOf(it).length === 0),
      };
    }),
    rowsChosenBy: uses,
    unresolved,
  });
  return { tables: lineage.map(facts), from: fromOf, into: (place) => withWhole(into, place) };
}

/** All places that can be reached from one, it itself first. */
export function reached(start: ColumnPlace, next: (place: ColumnPlace) => Origins): Origins {
  const found = new Map([[keyOf(start), start]]);
  for (const place of found.values()) {
    for (const other of next(place)) if (!found.has(keyOf(other))) found.set(keyOf(other), other);
  }
  return [...found.values()];
}

function keyOf(place: ColumnPlace): string {
  return nameOf(place).toLowerCase();
}

function listIn<T>(map: Map<string, T[]>, key: string): T[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
