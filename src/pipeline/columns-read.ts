/**
 * Which columns of each table a statement can depend on, whatever the tables hold: all that it names, anywhere. More than
 * its lineage, since nothing is resolved: a name without table counts for every table, so that no column is missed.
 */
import { allNodes, isNode, type TreeNode } from './sql-tree.js';

/** Table -> its columns that the statement can depend on, in small letters; a table that is not in it is read whole. */
export type ColumnsRead = Readonly<Record<string, readonly string[]>>;

/** Functions in FROM that read no table but by their arguments. */
const tableless: ReadonlySet<string> = new Set(['range', 'generate_series', 'unnest']);

/** What can stand in FROM without hiding which columns are read. */
const plain: ReadonlySet<string> = new Set(['BASE_TABLE', 'JOIN', 'SUBQUERY', 'EXPRESSION_LIST', 'EMPTY']);

/** @param tables those that the statement reads, by the names that it has for them */
export function columnsRead(statement: TreeNode, tables: readonly string[]): ColumnsRead {
  const nodes = allNodes(statement);
  if (nodes.some(hidesColumns)) return {};
  const bound = boundTables(nodes);
  const whole = new Set<string>();
  const everywhere = new Set<string>();
  const named = new Map<string, Set<string>>();
  for (const node of nodes) {
    if (node.type === 'SELECT_NODE') for (const table of starTables(node)) whole.add(table);
    for (const column of usedTogether(node)) everywhere.add(column);
    if (node.class === 'COLUMN_REF') readReference(namesOf(node.column_names), bound, { whole, everywhere, named });
  }
  const read = tables.filter((table) => !whole.has(table.toLowerCase()));
  return Object.fromEntries(
    read.map((table) => [table, [...new Set([...everywhere, ...(named.get(table.toLowerCase()) ?? [])])].sort()]),
  );
}

/** What names in small letters each alias of FROM stands for, wherever in the statement. */
type Bound = ReadonlyMap<string, ReadonlySet<string>>;

interface Read {
  readonly whole: Set<string>;
  readonly everywhere: Set<string>;
  readonly named: Map<string, Set<string>>;
}

function readReference(names: readonly string[], bound: Bound, { whole, everywhere, named }: Read): void {
  const [first = '', second] = names;
  const tables = bound.get(first);
  if (tables === undefined || second === undefined) {
    for (const name of names) everywhere.add(name);
    // The name of a table alone is its row.
    for (const table of tables ?? []) whole.add(table);
    return;
  }
  // Were the name that of a column too, this would be a field of it.
  everywhere.add(first);
  for (const table of tables) named.set(table, (named.get(table) ?? new Set()).add(second));
  if (names.length > 2) for (const name of names) everywhere.add(name);
}

function boundTables(nodes: readonly TreeNode[]): Bound {
  const bound = new Map<string, Set<string>>();
  const aliasOf = (node: TreeNode) => (typeof node.alias === 'string' ? node.alias.toLowerCase() : '');
  for (const node of nodes) {
    if (node.type !== 'BASE_TABLE') continue;
    const table = String(node.table_name).toLowerCase();
    const alias = aliasOf(node) || table;
    bound.set(alias, (bound.get(alias) ?? new Set()).add(table));
  }
  return bound;
}

/** The tables of which a SELECT takes all columns. What it takes of subqueries is named in them. */
function starTables(select: TreeNode): readonly string[] {
  const items = Array.isArray(select.select_list) ? select.select_list.filter(isNode) : [];
  return items.some((item) => item.class === 'STAR') ? fromTables(select.from_table) : [];
}

function fromTables(from: unknown): readonly string[] {
  if (!isNode(from)) return [];
  if (from.type === 'BASE_TABLE') return [String(from.table_name).toLowerCase()];
  return from.type === 'JOIN' ? [...fromTables(from.left), ...fromTables(from.right)] : [];
}

/** The columns of USING. */
function usedTogether(node: TreeNode): readonly string[] {
  return node.type === 'JOIN' ? namesOf(node.using_columns) : [];
}

/** Where columns are read that have no name in the statement, or another one. */
function hidesColumns(node: TreeNode): boolean {
  if (node.ref_type === 'NATURAL' || node.type === 'PIVOT' || node.type === 'SHOW_REF') return true;
  if (node.type === 'BASE_TABLE' && namesOf(node.column_name_alias).length > 0) return true;
  if (node.type === 'TABLE_FUNCTION') return !tableless.has(calledIn(node));
  if (node.class === 'POSITIONAL_REFERENCE') return true;
  if (node.class === 'COLUMN_REF') return namesOf(node.column_names).at(-1) === 'rowid';
  if (node.type === 'SELECT_NODE') return hasStrangeFrom(node.from_table) || starsInExpressions(node) > 0;
  return false;
}

function hasStrangeFrom(from: unknown): boolean {
  if (!isNode(from) || from.type === 'TABLE_FUNCTION') return false;
  if (!plain.has(String(from.type))) return true;
  return from.type === 'JOIN' && (hasStrangeFrom(from.left) || hasStrangeFrom(from.right));
}

/** Stars that are no select item of their own, and those of COLUMNS(…). */
function starsInExpressions(select: TreeNode): number {
  const { cte_map: _ctes, from_table: _from, ...own } = select;
  const items = Array.isArray(select.select_list) ? select.select_list.filter(isNode) : [];
  const plainStars = items.filter((item) => item.class === 'STAR' && item.columns !== true).length;
  return starsOf(own) - plainStars;
}

/** Stars below a value, but not below a query. */
function starsOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + starsOf(item), 0);
  if (!isNode(value)) return 0;
  const inner = Object.entries(value).filter(([name]) => name !== 'subquery');
  return (value.class === 'STAR' ? 1 : 0) + inner.reduce((sum, [, member]) => sum + starsOf(member), 0);
}

function calledIn(node: TreeNode): string {
  return isNode(node.function) ? String(node.function.function_name).toLowerCase() : '';
}

function namesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map((name) => String(name).toLowerCase()) : [];
}
