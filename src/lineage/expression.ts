/** What expressions come from. */
import { isNode, type TreeNode } from '../pipeline/sql-tree.js';
import { allOrigins, union } from './origins.js';
import { queryLineage } from './query.js';
import { innerScope, lookUp, type Scope } from './scope.js';
import type { Origins } from './types.js';

export interface ExpressionLineage {
  readonly from: Origins;
  /** What chooses the rows of subqueries in it. */
  readonly uses: Origins;
}

/** Of an expression, or of anything that holds some. */
export function expressionLineage(value: unknown, scope: Scope): ExpressionLineage {
  if (Array.isArray(value)) return combined(value.map((item) => expressionLineage(item, scope)));
  if (!isNode(value)) return { from: [], uses: [] };
  switch (value.class) {
    case 'COLUMN_REF':
      return { from: lookUp(columnNames(value), scope), uses: [] };
    case 'STAR':
      return { from: union(...scope.relations.map(allOrigins)), uses: [] };
    case 'SUBQUERY':
      return subqueryLineage(value, scope);
    case 'LAMBDA':
      return lambdaLineage(value, scope);
    default:
      return combined(Object.values(value).map((member) => expressionLineage(member, scope)));
  }
}

/** All that has to do with the expression. */
export function everyOrigin(value: unknown, scope: Scope): Origins {
  const { from, uses } = expressionLineage(value, scope);
  return union(from, uses);
}

export function columnNames(node: TreeNode): readonly string[] {
  return Array.isArray(node.column_names) ? node.column_names.map(String) : [];
}

function combined(parts: readonly ExpressionLineage[]): ExpressionLineage {
  return { from: union(...parts.map(({ from }) => from)), uses: union(...parts.map(({ uses }) => uses)) };
}

function subqueryLineage(node: TreeNode, scope: Scope): ExpressionLineage {
  const query = isNode(node.subquery) ? node.subquery.node : undefined;
  if (!isNode(query)) return { from: [], uses: [] };
  const inner = queryLineage(query, innerScope(scope));
  // Of EXISTS the rows are the value, whatever is selected.
  const ofRows = String(node.subquery_type).includes('EXISTS');
  const given = { from: ofRows ? inner.uses : allOrigins(inner), uses: inner.uses };
  return combined([given, expressionLineage(node.child, scope)]);
}

/** `x -> …` and `(x, y) -> …`: the parameters are no columns. */
function lambdaLineage(node: TreeNode, scope: Scope): ExpressionLineage {
  const left = isNode(node.lhs) ? node.lhs : {};
  const named = left.class === 'COLUMN_REF' ? [left] : Array.isArray(left.children) ? left.children.filter(isNode) : [];
  const names = named.flatMap((parameter) => columnNames(parameter).map((name) => name.toLowerCase()));
  return expressionLineage(node.expr, { ...scope, parameters: new Set([...scope.parameters, ...names]) });
}
