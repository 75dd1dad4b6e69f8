/** The lineage of a staging table: which columns of its connection it holds. */
import { deletedAt } from '../deleted-at.js';
import type { InspectSql } from '../pipeline/sql-rules.js';
import { statementNodes } from '../pipeline/sql-tree.js';
import type { Source } from '../pipeline/types.js';
import { everyOrigin } from './expression.js';
import { wholeTables } from './origins.js';
import { queryLineage } from './query.js';
import { emptyScope, isSameName, lookUp, type Scope } from './scope.js';
import type { Catalog, ColumnPlace, LineageColumn, Origins, TableLineage } from './types.js';

/** What the lineage of a source needs to know of its connection. */
export interface SourceOrigin {
  /** Name of the connection. */
  readonly connection: string;
  /** The connection's tables, of those that are recorded. */
  readonly catalog: Catalog;
  /** Columns of the staging table; undefined where they are not known. */
  readonly staged: readonly string[] | undefined;
}

/** Its expressions and query are of the source's own dialect: where they cannot be parsed, all that is known is the table. */
export async function sourceLineage(
  source: Source,
  { connection, catalog, staged }: SourceOrigin,
  inspectSql: InspectSql,
): Promise<TableLineage> {
  const inConnection = ({ table, column }: ColumnPlace) => ({ table: `${connection}:${table}`, column });
  const found =
    'table' in source.from
      ? await tableColumns(source, source.from.table, catalog, staged ?? [], inspectSql)
      : await queryColumns(source.name, source.from.query, catalog, staged ?? [], inspectSql);
  return {
    table: source.table,
    columns: found.columns.map(({ name, from }) => ({ name, from: from.map(inConnection) })),
    uses: found.uses.map(inConnection),
    unresolved: found.unresolved,
  };
}

type Found = Omit<TableLineage, 'table'>;

async function tableColumns(
  source: Source,
  table: string,
  catalog: Catalog,
  staged: readonly string[],
  inspectSql: InspectSql,
): Promise<Found> {
  const { rename, add } = source.columns;
  const columns = await Promise.all(
    staged.map(async (name): Promise<LineageColumn> => {
      const added = Object.keys(add).find((other) => isSameName(other, name));
      if (added !== undefined) {
        return { name, from: await expressionOrigins(add[added] ?? '', table, catalog, inspectSql) };
      }
      if (name === deletedAt) return { name, from: [] };
      const original = Object.keys(rename).find((other) => isSameName(rename[other] ?? '', name));
      return { name, from: [{ table, column: original ?? name }] };
    }),
  );
  const { deletes } = source;
  const uses = deletes.policy === 'soft_column' ? [{ table, column: deletes.column }] : [];
  return { columns, uses, unresolved: undefined };
}

async function expressionOrigins(
  expression: string,
  table: string,
  catalog: Catalog,
  inspectSql: InspectSql,
): Promise<Origins> {
  const parsed = await inspectSql.parse(`select ${expression}`);
  const items = parsed.ok ? statementNodes(parsed.tree)[0]?.select_list : undefined;
  if (items === undefined) return wholeTables([table]);
  return everyOrigin(items, scopeOf(table, catalog));
}

function scopeOf(table: string, catalog: Catalog): Scope {
  const names = catalog.get(table);
  const columns = (names ?? []).map((name) => ({ name, from: [{ table, column: name }] }));
  const unknown = names === undefined;
  const relation = {
    alias: table.toLowerCase(),
    columns,
    rest: unknown ? wholeTables([table]) : undefined,
    unknownTable: unknown ? table : undefined,
  };
  return { ...emptyScope(catalog), relations: [relation], shown: columns };
}

async function queryColumns(
  name: string,
  query: string,
  catalog: Catalog,
  staged: readonly string[],
  inspectSql: InspectSql,
): Promise<Found> {
  const parsed = await inspectSql.parse(query);
  const statement = parsed.ok ? statementNodes(parsed.tree)[0] : undefined;
  if (statement === undefined) {
    const from = wholeTables([`query of ${name}`]);
    return {
      columns: staged.map((column) => ({ name: column, from })),
      uses: from,
      unresolved: `the query of '${name}' cannot be parsed`,
    };
  }
  const scope = emptyScope(catalog);
  const { columns, rest, uses } = queryLineage(statement, scope);
  const byName = (column: string) => columns.find((other) => isSameName(other.name, column))?.from;
  const inOrder = rest === undefined && columns.length === staged.length;
  return {
    columns: staged.map((column, index) => ({
      name: column,
      from: byName(column) ?? (inOrder ? columns[index]?.from : rest) ?? lookUp([column], scope),
    })),
    uses,
    unresolved: undefined,
  };
}
