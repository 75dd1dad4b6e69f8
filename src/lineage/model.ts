/** The lineage of one model, from its SQL as the parser's own dialect renders it. */
import type { ParsedSql } from '../engines/types.js';
import type { InspectSql } from '../pipeline/sql-rules.js';
import { statementNodes } from '../pipeline/sql-tree.js';
import type { Model } from '../pipeline/types.js';
import type { InspectedTemplate } from '../template/inspect.js';
import { allOrigins, union, wholeTables } from './origins.js';
import { queryLineage } from './query.js';
import { emptyScope, isSameName } from './scope.js';
import type { Catalog, LineageColumn, Origins, QueryLineage, TableLineage } from './types.js';

/** @param catalog of the tables that it reads, and of itself where its columns are known */
export async function modelLineage(
  model: Model,
  inspected: InspectedTemplate,
  inspectSql: InspectSql,
  catalog: Catalog,
): Promise<TableLineage> {
  const { table } = model;
  const own = catalog.get(table);
  const tables = [...inspected.refs, ...inspected.deltas].map(({ name }) => name);
  const parsed = await parseModel(model, inspected, inspectSql);
  if (typeof parsed === 'string') {
    const everything = wholeTables(tables);
    const columns = (own ?? []).map((name) => ({ name, from: everything }));
    return { table, columns, uses: everything, unresolved: parsed };
  }
  const query = queryLineage(parsed, emptyScope(catalog));
  const { uses } = query;
  return { table, columns: publishedColumns(model, query, own), uses, unresolved: undefined };
}

/** The statement's tree, or why there is none. */
async function parseModel(model: Model, inspected: InspectedTemplate, { dialect, parse }: InspectSql) {
  const { path } = inspected.template;
  const override = Object.entries(model.sqlOverrides).find(([, file]) => file === path);
  if (override !== undefined && override[0] !== dialect.name) return `only ${override[0]} understands ${path}`;
  const rendered = inspected.renderIn(dialect, (table) => table);
  if (rendered === undefined) return `${path} has mistakes`;
  const parsed: ParsedSql = await parse(rendered.sql);
  const statement = parsed.ok ? statementNodes(parsed.tree)[0] : undefined;
  return statement ?? `${path} cannot be parsed`;
}

/** @param own names of the published columns, where they are known */
function publishedColumns(
  model: Model,
  query: QueryLineage,
  own: readonly string[] | undefined,
): readonly LineageColumn[] {
  if (own === undefined) return query.columns;
  const { columns, rest } = query;
  if (model.strategy !== 'snapshot' && rest === undefined && columns.length === own.length) {
    return own.map((name, index) => ({ name, from: columns[index]?.from ?? [] }));
  }
  return own.map((name) => ({ name, from: named(name, query) ?? historyColumn(model, query) ?? allOrigins(query) }));
}

function named(name: string, { columns, rest }: QueryLineage): Origins | undefined {
  const found = columns.filter((column) => isSameName(column.name, name));
  return found.length > 0 ? union(...found.map(({ from }) => from)) : rest;
}

/** Since and until when a version stands is told by the column that `valid_from` names. */
function historyColumn({ strategy, validFrom }: Model, query: QueryLineage): Origins | undefined {
  return strategy === 'snapshot' && validFrom !== undefined ? named(validFrom, query) : undefined;
}
