/** What stands in FROM: its relations, the columns that it shows, and what its joins read. */
import { allNodes, isNode, type TreeNode } from '../pipeline/sql-tree.js';
import { everyOrigin } from './expression.js';
import { allOrigins, union, wholeTables } from './origins.js';
import { queryLineage } from './query.js';
import { innerScope, isSameName, type Relation, type Scope } from './scope.js';
import type { LineageColumn, Origins } from './types.js';

export interface FromLineage {
  readonly relations: readonly Relation[];
  /** As `*` gives them; those of relations whose columns are not known are left out. */
  readonly shown: readonly LineageColumn[];
  readonly uses: Origins;
}

const nothing: FromLineage = { relations: [], shown: [], uses: [] };

/** @param scope that of the query, still without relations */
export function fromLineage(from: unknown, scope: Scope): FromLineage {
  if (!isNode(from)) return nothing;
  switch (from.type) {
    case 'EMPTY':
      return nothing;
    case 'BASE_TABLE':
      return tableLineage(from, scope);
    case 'SUBQUERY':
      return subqueryLineage(from, scope);
    case 'JOIN':
      return joinLineage(from, scope);
    case 'EXPRESSION_LIST':
      return valuesLineage(from, scope);
    case 'TABLE_FUNCTION':
      return functionLineage(from, scope);
    default:
      return unknownLineage(from);
  }
}

function aliasOf(from: TreeNode, otherwise = ''): string {
  return (typeof from.alias === 'string' && from.alias !== '' ? from.alias : otherwise).toLowerCase();
}

function one(relation: Relation, uses: Origins): FromLineage {
  return { relations: [relation], shown: relation.columns, uses };
}

function tableLineage(from: TreeNode, scope: Scope): FromLineage {
  const table = String(from.table_name);
  const alias = aliasOf(from, table);
  const isQualified = typeof from.schema_name === 'string' && from.schema_name !== '';
  const common = isQualified ? undefined : scope.commonTables.get(table.toLowerCase());
  if (common !== undefined) {
    const { columns, rest, uses } = common;
    return one(renamed(from, { alias, columns, rest, unknownTable: undefined }), uses);
  }
  const known = scope.catalog.get(table);
  const columns = known?.map((name) => ({ name, from: [{ table, column: name }] }));
  const unknown = { rest: wholeTables([table]), unknownTable: table };
  const rest = columns === undefined ? unknown : { rest: undefined, unknownTable: undefined };
  return one(renamed(from, { alias, columns: columns ?? [], ...rest }), []);
}

function subqueryLineage(from: TreeNode, scope: Scope): FromLineage {
  const query = isNode(from.subquery) ? from.subquery.node : undefined;
  if (!isNode(query)) return unknownLineage(from);
  const { columns, rest, uses } = queryLineage(query, innerScope(scope));
  return one(renamed(from, { alias: aliasOf(from), columns, rest, unknownTable: undefined }), uses);
}

/** `t(a, b)` gives the first columns other names. */
function renamed(from: TreeNode, relation: Relation): Relation {
  const names = Array.isArray(from.column_name_alias) ? from.column_name_alias.map(String) : [];
  if (names.length === 0) return relation;
  if (relation.rest === undefined) return { ...relation, columns: withNames(relation.columns, names) };
  const all = allOrigins(relation);
  return { ...relation, columns: names.map((name) => ({ name, from: all })), unknownTable: undefined };
}

export function withNames(columns: readonly LineageColumn[], names: readonly string[]): readonly LineageColumn[] {
  return columns.map((column, index) => ({ ...column, name: names[index] ?? column.name }));
}

function joinLineage(from: TreeNode, scope: Scope): FromLineage {
  const left = fromLineage(from.left, scope);
  // What stands right of it may read its columns: LATERAL, UNNEST.
  const right = fromLineage(from.right, {
    ...scope,
    outer: { ...scope, relations: left.relations, shown: left.shown },
  });
  const relations = [...left.relations, ...right.relations];
  const shared = sharedColumns(from, left, right);
  const isShared = ({ name }: LineageColumn) => shared.some((other) => isSameName(other, name));
  const merged = left.shown.map((column) =>
    isShared(column)
      ? { ...column, from: union(column.from, ...columnsCalled(column.name, right).map((other) => other.from)) }
      : column,
  );
  const shown = [...merged, ...right.shown.filter((column) => !isShared(column) || !isIn(left.shown, column.name))];
  const uses = union(
    left.uses,
    right.uses,
    ...shared.flatMap((name) => [left, right].map((side) => sharedOrigins(name, side))),
    // A natural join with what is not known may compare any of its columns.
    ...(from.ref_type === 'NATURAL' ? relations.map(({ rest }) => rest ?? []) : []),
    everyOrigin(from.condition, { ...scope, relations, shown }),
  );
  // These tell which rows of the left there are, and give no columns.
  const leftOnly = from.join_type === 'SEMI' || from.join_type === 'ANTI';
  return leftOnly ? { ...left, uses } : { relations, shown, uses };
}

/** The columns of USING, or those that a NATURAL join takes. */
function sharedColumns(from: TreeNode, left: FromLineage, right: FromLineage): readonly string[] {
  if (from.ref_type === 'NATURAL') {
    return left.shown.filter(({ name }) => isIn(right.shown, name)).map(({ name }) => name);
  }
  return Array.isArray(from.using_columns) ? from.using_columns.map(String) : [];
}

function sharedOrigins(name: string, side: FromLineage): Origins {
  const known = columnsCalled(name, side).map(({ from }) => from);
  if (known.length > 0) return union(...known);
  const open = side.relations.filter(({ rest }) => rest !== undefined);
  const [only, another] = open;
  if (only?.unknownTable !== undefined && another === undefined) return [{ table: only.unknownTable, column: name }];
  return union(...open.map(({ rest }) => rest ?? []));
}

function columnsCalled(name: string, { shown }: FromLineage): readonly LineageColumn[] {
  return shown.filter((column) => isSameName(column.name, name));
}

function isIn(columns: readonly LineageColumn[], name: string): boolean {
  return columns.some((column) => isSameName(column.name, name));
}

/** VALUES: a column comes from what stands at its place in each row. */
function valuesLineage(from: TreeNode, scope: Scope): FromLineage {
  const rows = Array.isArray(from.values) ? from.values.filter(Array.isArray) : [];
  const given = Array.isArray(from.expected_names) ? from.expected_names.map(String) : [];
  const width = Math.max(0, ...rows.map((row) => row.length));
  const columns = Array.from({ length: width }, (_, index) => ({
    name: given[index] ?? `col${index}`,
    from: everyOrigin(
      rows.map((row) => row[index]),
      scope,
    ),
  }));
  return one(
    renamed(from, { alias: aliasOf(from, 'valueslist'), columns, rest: undefined, unknownTable: undefined }),
    [],
  );
}

/** `range(3)`, `unnest(t.tags)`: what its columns are is not known, what they come from is. */
function functionLineage(from: TreeNode, scope: Scope): FromLineage {
  const call = isNode(from.function) ? from.function : {};
  const rest = everyOrigin(call, scope);
  const alias = aliasOf(from, String(call.function_name ?? ''));
  const { relations, shown } = one(renamed(from, { alias, columns: [], rest, unknownTable: undefined }), []);
  return { relations, shown, uses: rest };
}

/** PIVOT and their kin: all that can be told is the tables. */
function unknownLineage(from: TreeNode): FromLineage {
  const tables = allNodes(from).filter((node) => node.type === 'BASE_TABLE');
  const rest = wholeTables(tables.map((node) => String(node.table_name)));
  return one({ alias: aliasOf(from), columns: [], rest, unknownTable: undefined }, rest);
}
