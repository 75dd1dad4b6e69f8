/** Reading DuckDB's syntax trees: query nodes, what they read, and what stands in them. */

/** A node as JSON gave it: an object with unknown members. */
export type TreeNode = { readonly [member: string]: unknown };

/** A select, set operation or recursive CTE of a statement, with what its FROM reads. */
export interface QueryNode {
  readonly node: TreeNode;
  /** Tables that rows of this query come from: directly, through subqueries in FROM and through CTEs. */
  readonly reads: ReadonlySet<string>;
}

/** A table or CTE that a FROM names. */
export interface TableUse {
  /** In small letters. */
  readonly name: string;
  readonly node: TreeNode;
  /** The tables that its rows come from: itself, or what the CTE reads. */
  readonly reads: ReadonlySet<string>;
}

/** All queries of a statement, inner ones included, and all tables that they name. */
export interface StatementReads {
  readonly queries: readonly QueryNode[];
  readonly tables: readonly TableUse[];
}

interface Found {
  readonly queries: QueryNode[];
  readonly tables: TableUse[];
}

/** Base tables that a CTE of this name stands for. */
type Scope = ReadonlyMap<string, ReadonlySet<string>>;

export function isNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The nodes of all statements of a parsed text. */
export function statementNodes(tree: unknown): readonly TreeNode[] {
  const statements = isNode(tree) && Array.isArray(tree.statements) ? tree.statements : [];
  return statements.map((statement) => (isNode(statement) ? statement.node : undefined)).filter(isNode);
}

export function readsOf(statement: TreeNode): StatementReads {
  const found: Found = { queries: [], tables: [] };
  readQuery(statement, new Map(), found);
  return found;
}

/** The expressions of one query, without those of queries inside it. */
export function ownExpressions(query: TreeNode): readonly TreeNode[] {
  const { cte_map: _ctes, from_table: _from, left: _left, right: _right, ...own } = query;
  return nodesOutsideQueries(own).filter((node) => typeof node.class === 'string');
}

/** All nodes of a tree in which an expression can stand, queries inside it included. */
export function allNodes(value: unknown): readonly TreeNode[] {
  return collectNodes(value, undefined, []);
}

/** The smallest known offset in a subtree. */
export function firstLocation(value: unknown): number | undefined {
  let first: number | undefined;
  for (const node of allNodes(value)) {
    const location = node.query_location;
    if (typeof location === 'number' && (first === undefined || location < first)) first = location;
  }
  return first;
}

export function locationOf(node: TreeNode): number | undefined {
  return typeof node.query_location === 'number' ? node.query_location : firstLocation(node);
}

/** Nodes below a value, but not below a query. */
function nodesOutsideQueries(value: unknown): readonly TreeNode[] {
  return collectNodes(value, 'subquery', []);
}

/** Into one list: nested generators would pass each node through all levels above it. */
function collectNodes(value: unknown, except: string | undefined, found: TreeNode[]): readonly TreeNode[] {
  if (Array.isArray(value)) {
    for (const item of value) collectNodes(item, except, found);
  } else if (isNode(value)) {
    found.push(value);
    for (const [name, member] of Object.entries(value)) if (name !== except) collectNodes(member, except, found);
  }
  return found;
}

/** What a query reads; it, the queries inside it and their tables are added to `found`. */
function readQuery(query: TreeNode, outer: Scope, found: Found): ReadonlySet<string> {
  const scope = new Map(outer);
  for (const { name, node } of commonTables(query)) {
    scope.set(name, new Set());
    scope.set(name, readQuery(node, scope, found));
  }
  const reads = new Set<string>();
  for (const side of [query.left, query.right]) if (isNode(side)) addAll(reads, readQuery(side, scope, found));
  readFrom(query.from_table, scope, found, reads);
  for (const expression of ownExpressions(query)) {
    // A subquery in an expression gives a value, not rows: it is a query of its own.
    const inner = queryIn(expression.subquery);
    if (inner !== undefined) readQuery(inner, scope, found);
  }
  found.queries.push({ node: query, reads });
  return reads;
}

function readFrom(from: unknown, scope: Scope, found: Found, reads: Set<string>): void {
  if (!isNode(from)) return;
  if (from.type === 'BASE_TABLE') {
    const table = String(from.table_name);
    const name = table.toLowerCase();
    const own = scope.get(name) ?? new Set([table]);
    found.tables.push({ name, node: from, reads: own });
    addAll(reads, own);
    return;
  }
  const inner = queryIn(from.subquery);
  if (inner !== undefined) addAll(reads, readQuery(inner, scope, found));
  for (const expression of nodesOutsideQueries(from.condition)) {
    const query = queryIn(expression.subquery);
    if (query !== undefined) readQuery(query, scope, found);
  }
  for (const side of [from.left, from.right, from.source]) readFrom(side, scope, found, reads);
}

function commonTables(query: TreeNode): readonly { readonly name: string; readonly node: TreeNode }[] {
  const map = isNode(query.cte_map) && Array.isArray(query.cte_map.map) ? query.cte_map.map : [];
  return map.flatMap((entry) => {
    const node = isNode(entry) && isNode(entry.value) ? queryIn(entry.value.query) : undefined;
    return node === undefined ? [] : [{ name: String(entry.key).toLowerCase(), node }];
  });
}

function queryIn(value: unknown): TreeNode | undefined {
  return isNode(value) && isNode(value.node) ? value.node : undefined;
}

function addAll(target: Set<string>, added: ReadonlySet<string>): void {
  for (const item of added) target.add(item);
}
