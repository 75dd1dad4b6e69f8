/** The columns of a query, what each comes from, and what chooses its rows. */
import { allNodes, isNode, type TreeNode } from '../pipeline/sql-tree.js';
import { withNames } from './from.js';
import { allOrigins, union, wholeTables } from './origins.js';
import type { Scope } from './scope.js';
import { isSameName } from './scope.js';
import { selectLineage } from './select.js';
import type { LineageColumn, Origins, QueryLineage } from './types.js';

/** @param scope that of the place where the query stands, without relations of its own */
export function queryLineage(query: TreeNode, scope: Scope): QueryLineage {
  const inner = withCommonTables(query, scope);
  switch (query.type) {
    case 'SELECT_NODE':
      return selectLineage(query, inner);
    case 'SET_OPERATION_NODE':
      return setLineage(query, inner);
    case 'RECURSIVE_CTE_NODE':
      return recursiveLineage(query, inner);
    default:
      return unknownQuery(query);
  }
}

function unknownQuery(query: TreeNode): QueryLineage {
  const tables = allNodes(query).filter((node) => node.type === 'BASE_TABLE');
  const rest = wholeTables(tables.map((node) => String(node.table_name)));
  return { columns: [], rest, uses: rest };
}

function withCommonTables(query: TreeNode, scope: Scope): Scope {
  const entries = isNode(query.cte_map) && Array.isArray(query.cte_map.map) ? query.cte_map.map.filter(isNode) : [];
  const commonTables = new Map(scope.commonTables);
  for (const { key, value } of entries) {
    const statement = isNode(value) && isNode(value.query) ? value.query.node : undefined;
    if (!isNode(value) || !isNode(statement)) continue;
    const found = queryLineage(statement, { ...scope, commonTables: new Map(commonTables) });
    const names = Array.isArray(value.aliases) ? value.aliases.map(String) : [];
    commonTables.set(String(key).toLowerCase(), { ...found, columns: withNames(found.columns, names) });
  }
  return { ...scope, commonTables };
}

function setLineage(query: TreeNode, scope: Scope): QueryLineage {
  const left = sideLineage(query.left, scope);
  const right = sideLineage(query.right, scope);
  const kind = String(query.setop_type);
  const everything = union(allOrigins(left), allOrigins(right));
  const uses = union(
    left.uses,
    right.uses,
    ...(kind.startsWith('UNION') && query.setop_all === true ? [] : [everything]),
  );
  // EXCEPT and INTERSECT give rows of the left.
  if (!kind.startsWith('UNION')) return { ...left, uses };
  return { ...united(left, right, kind === 'UNION_BY_NAME'), uses };
}

function sideLineage(side: unknown, scope: Scope): QueryLineage {
  return isNode(side) ? queryLineage(side, scope) : { columns: [], rest: undefined, uses: [] };
}

/** Columns of both sides, by their places or by their names. */
function united(left: QueryLineage, right: QueryLineage, byName: boolean): Omit<QueryLineage, 'uses'> {
  if (byName) {
    const others = right.columns.filter(({ name }) => !left.columns.some((column) => isSameName(column.name, name)));
    const ofRight = ({ name }: LineageColumn) => right.columns.filter((column) => isSameName(column.name, name));
    const both = left.columns.map((column) => joined(column, ...ofRight(column).map(({ from }) => from)));
    return { columns: [...both, ...others], rest: unitedRest(left, right) };
  }
  const rest = unitedRest(left, right);
  // Where the places of columns are not known, any of them may be at any place.
  const everything = rest === undefined ? [] : union(allOrigins(left), allOrigins(right));
  const columns = left.columns.map((column, index) => joined(column, right.columns[index]?.from ?? [], everything));
  return { columns, rest: rest === undefined ? undefined : everything };
}

function joined(column: LineageColumn, ...others: readonly Origins[]): LineageColumn {
  return { name: column.name, from: union(column.from, ...others) };
}

function unitedRest(left: QueryLineage, right: QueryLineage): Origins | undefined {
  return left.rest === undefined && right.rest === undefined ? undefined : union(left.rest ?? [], right.rest ?? []);
}

/** The recursive part reads what it gives: looked at again until nothing is added. */
function recursiveLineage(query: TreeNode, scope: Scope): QueryLineage {
  const name = String(query.cte_name).toLowerCase();
  let found = sideLineage(query.left, scope);
  for (;;) {
    const step = sideLineage(query.right, { ...scope, commonTables: new Map([...scope.commonTables, [name, found]]) });
    const next = { ...united(found, step, false), uses: union(found.uses, step.uses) };
    if (sizeOf(next) === sizeOf(found)) return next;
    found = next;
  }
}

function sizeOf({ columns, rest, uses }: QueryLineage): number {
  return columns.reduce((sum, { from }) => sum + from.length, uses.length + (rest?.length ?? 0));
}
