/** The columns that a read of a source gives, from what is recorded of its connection. */
import type { Column } from '../engines/types.js';
import type { Source } from '../pipeline/types.js';
import { recordPath, type SourceRecord } from './record.js';

export type SourceShape =
  | {
      readonly isKnown: true;
      /** What the source's table or query has. */
      readonly available: readonly Column[];
      /** What a read gives, by their names in staging. */
      readonly columns: readonly Column[];
    }
  /** `missing` says what is not recorded. */
  | { readonly isKnown: false; readonly missing: string };

const remedy = '`chat-etl introspect` writes it';

/** Columns that the definition names and the source has not are left out. */
export function sourceShape(source: Source, connection: string, record: SourceRecord | undefined): SourceShape {
  const file = recordPath(connection);
  if (record === undefined) return { isKnown: false, missing: `there is no ${file}; ${remedy}` };
  const available = availableColumns(source, record);
  if (available === undefined) {
    const what = 'table' in source.from ? `the table '${source.from.table}'` : `the query of '${source.name}' as it is`;
    return { isKnown: false, missing: `${file} does not hold ${what}; ${remedy}` };
  }
  const added = record.computed.get(source.name)?.added;
  const columns = chosen(source, available);
  for (const [name, expression] of Object.entries(source.columns.add)) {
    const recorded = added?.get(name);
    if (recorded === undefined || recorded.expression !== expression) {
      return {
        isKnown: false,
        missing: `${file} does not hold the column '${name}' that '${source.name}' adds, as it is; ${remedy}`,
      };
    }
    columns.push({ name, type: recorded.type, nullable: true });
  }
  return { isKnown: true, available, columns };
}

function availableColumns({ name, from }: Source, { tables, computed }: SourceRecord): readonly Column[] | undefined {
  if ('table' in from) return tables.get(from.table)?.columns;
  const query = computed.get(name)?.query;
  return query?.sql === from.query ? query.columns : undefined;
}

function chosen({ columns }: Source, available: readonly Column[]): Column[] {
  const { include, exclude, rename } = columns;
  const taken = include === undefined ? available : include.flatMap((name) => find(available, name) ?? []);
  return taken
    .filter(({ name }) => !exclude.some((other) => isSameName(other, name)))
    .map(({ name, type, nullable }) => {
      const renamed = Object.keys(rename).find((other) => isSameName(other, name));
      return { name: (renamed && rename[renamed]) ?? name, type, nullable };
    });
}

function find(columns: readonly Column[], name: string): Column | undefined {
  return columns.find((column) => isSameName(column.name, name));
}

/** Servers compare names of columns without case. */
function isSameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
