/** One SELECT: its items, and what its clauses read. */
import { aggregateFunctions } from '../pipeline/sql-functions.js';
import { allNodes, isNode, type TreeNode } from '../pipeline/sql-tree.js';
import { columnNames, everyOrigin, expressionLineage } from './expression.js';
import { fromLineage } from './from.js';
import { union } from './origins.js';
import { isSameName, type Scope } from './scope.js';
import type { LineageColumn, Origins, QueryLineage } from './types.js';

/** @param scope without relations of its own */
export function selectLineage(query: TreeNode, scope: Scope): QueryLineage {
  const from = fromLineage(query.from_table, scope);
  const aliases = new Map<string, Origins>();
  const own: Scope = { ...scope, relations: from.relations, shown: from.shown, aliases };
  const columns: LineageColumn[] = [];
  const used: Origins[] = [from.uses];
  const rests: Origins[] = [];
  const items = Array.isArray(query.select_list) ? query.select_list.filter(isNode) : [];
  for (const item of items) {
    if (item.class === 'STAR') {
      const star = starLineage(item, own);
      columns.push(...star.columns);
      if (star.rest !== undefined) rests.push(star.rest);
      used.push(star.uses);
      continue;
    }
    const { from: origins, uses } = expressionLineage(item, own);
    const name = nameOfItem(item);
    columns.push({ name, from: origins });
    used.push(uses);
    if (name !== '' && !aliases.has(name.toLowerCase())) aliases.set(name.toLowerCase(), union(origins, uses));
  }
  const rest = rests.length === 0 ? undefined : union(...rests);
  return { columns, rest, uses: union(...used, ...clauses(query, own, { columns, rest }, items)) };
}

function nameOfItem(item: TreeNode): string {
  if (typeof item.alias === 'string' && item.alias !== '') return item.alias;
  return item.class === 'COLUMN_REF' ? (columnNames(item).at(-1) ?? '') : '';
}

/** `*`, `t.*`, with EXCLUDE and REPLACE; of COLUMNS(…) only what it can be of. */
function starLineage(item: TreeNode, scope: Scope): QueryLineage {
  const relation = typeof item.relation_name === 'string' ? item.relation_name.toLowerCase() : '';
  const relations = scope.relations.filter(({ alias }) => relation === '' || alias === relation);
  const shown = relation === '' ? scope.shown : relations.flatMap(({ columns }) => columns);
  const open = relations.filter(({ rest }) => rest !== undefined).map(({ rest }) => rest ?? []);
  const renames = Array.isArray(item.rename_list) && item.rename_list.length > 0;
  if (item.columns === true || renames || isNode(item.expr)) {
    return { columns: [], rest: union(...shown.map(({ from }) => from), ...open), uses: [] };
  }
  const excluded = listed(item.exclude_list);
  const replaced = Array.isArray(item.replace_list) ? item.replace_list.filter(isNode) : [];
  const uses: Origins[] = [];
  const columns = shown
    .filter(({ name }) => !excluded.some((other) => isSameName(other, name)))
    .map((column) => {
      const replacement = replaced.find(({ key }) => isSameName(String(key), column.name));
      if (replacement === undefined) return column;
      const lineage = expressionLineage(replacement.value, scope);
      uses.push(lineage.uses);
      return { name: column.name, from: lineage.from };
    });
  return { columns, rest: open.length === 0 ? undefined : union(...open), uses: union(...uses) };
}

/** Names as the tree has them: alone, or as a reference. */
function listed(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items.map((item) => (isNode(item) ? (columnNames(item).at(-1) ?? String(item.column)) : String(item)));
}

/** What WHERE, GROUP BY, HAVING, QUALIFY, DISTINCT, ORDER BY and LIMIT read. */
function clauses(
  query: TreeNode,
  scope: Scope,
  { columns, rest }: Pick<QueryLineage, 'columns' | 'rest'>,
  items: readonly TreeNode[],
): readonly Origins[] {
  const groups = Array.isArray(query.group_expressions) ? query.group_expressions : [];
  const modifiers = Array.isArray(query.modifiers) ? query.modifiers.filter(isNode) : [];
  const orders = modifiers.flatMap(({ orders: list }) => (Array.isArray(list) ? list.filter(isNode) : []));
  const places = [...groups, ...orders.map(({ expression }) => expression)].flatMap((value) => placeOf(value) ?? []);
  const isDistinct = modifiers.some(({ type }) => type === 'DISTINCT_MODIFIER');
  const groupsByAll = query.aggregate_handling === 'FORCE_AGGREGATES';
  // A star is more columns than items.
  const hasStar = items.some((item) => item.class === 'STAR');
  const chosen = columns.filter(
    (_, index) => isDistinct || places.includes(index + 1) || (groupsByAll && (hasStar || !isAggregate(items[index]))),
  );
  const clauseNodes = [query.where_clause, groups, query.having, query.qualify, modifiers];
  return [
    ...clauseNodes.map((clause) => everyOrigin(clause, scope)),
    ...chosen.map(({ from }) => from),
    isDistinct || groupsByAll || places.length > 0 ? (rest ?? []) : [],
  ];
}

/** `group by 2` means the second item. */
function placeOf(expression: unknown): number | undefined {
  if (!isNode(expression) || expression.class !== 'CONSTANT' || !isNode(expression.value)) return undefined;
  return typeof expression.value.value === 'number' ? expression.value.value : undefined;
}

function isAggregate(item: TreeNode | undefined): boolean {
  return allNodes(item).some(
    (node) => node.class === 'FUNCTION' && aggregateFunctions.has(String(node.function_name).toLowerCase()),
  );
}
