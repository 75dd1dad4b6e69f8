/** The rules over a model's SQL that keep the law "incremental equals rebuilt"; checked on its syntax tree. */
import type { Dialect, Strategy } from '../engines/contract.js';
import type { ParsedSql } from '../engines/types.js';
import type { Problem } from '../errors.js';
import type { InspectedTemplate } from '../template/inspect.js';
import { sourceLineAt } from '../template/lines.js';
import type { Rendered } from '../template/types.js';
import { type ColumnsRead, columnsRead } from './columns-read.js';
import { aggregateFunctions, clockArguments, clockFunctions, randomFunctions } from './sql-functions.js';
import type { QueryNode, TableUse, TreeNode } from './sql-tree.js';
import { allNodes, firstLocation, isNode, locationOf, ownExpressions, readsOf, statementNodes } from './sql-tree.js';
import type { Model } from './types.js';

export type { ParsedSql } from '../engines/types.js';

/** A parser of SQL text, passed in by the command line: the pipeline itself loads no driver. It may batch its calls. */
export interface InspectSql {
  /** The dialect that it parses. */
  readonly dialect: Dialect;
  parse(sql: string): Promise<ParsedSql>;
}

/** A broken rule at an offset of the rendered SQL. */
interface Finding {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

/** What a model's SQL says to the parser. */
export interface SqlCheck {
  readonly problems: readonly Problem[];
  /** What the model can depend on of the tables that it reads, where that is of use and known. */
  readonly columnsRead: ColumnsRead;
}

const unread: SqlCheck = { problems: [], columnsRead: {} };

/** The parser sees deltas under this name, so that it can tell them from whole tables. */
const deltaName = (table: string): string => `delta of ${table}`;

/** Strategies that read a delta cut to what changed. */
const incremental: readonly Strategy[] = ['merge', 'append', 'snapshot'];

const tableInstead = "use 'strategy: partition' (or 'table')";

/**
 * What is wrong with a model's SQL. Templates that override another for one engine are not checked, unless the parser is that
 * engine's; where the warehouse is another engine than the parser's, SQL that it cannot parse is a warning.
 */
export async function checkSqlRules(
  model: Model,
  inspected: InspectedTemplate,
  inspectSql: InspectSql | undefined,
): Promise<SqlCheck> {
  if (inspectSql === undefined || inspected.rendered === undefined) return unread;
  const override = Object.entries(model.sqlOverrides).find(([, path]) => path === inspected.template.path);
  if (override !== undefined && override[0] !== inspectSql.dialect.name) return unread;
  const rendered = inspected.renderIn(inspectSql.dialect, deltaName);
  if (rendered === undefined) return unread;

  const parsed = await inspectSql.parse(rendered.sql);
  if (!parsed.ok) {
    const finding = parseFinding(parsed, rendered.sql);
    if (inspected.dialect.name === inspectSql.dialect.name) {
      return { ...unread, problems: [problem(inspected, rendered, finding)] };
    }
    const hint = `if only ${inspected.dialect.name} understands it, call the file ${overridePath(model, inspected.dialect)}`;
    return { ...unread, problems: [{ ...problem(inspected, rendered, finding), severity: 'warning', hint }] };
  }
  const problems = findings(model, parsed, rendered).map((finding) => problem(inspected, rendered, finding));
  return { problems, columnsRead: ofUpstreams(model, inspected, parsed) };
}

/** Of use are the columns only where changes are followed that may pass the model by. */
function ofUpstreams(
  model: Model,
  inspected: InspectedTemplate,
  parsed: ParsedSql & { readonly ok: true },
): ColumnsRead {
  const [statement] = statementNodes(parsed.tree);
  if (statement === undefined || (model.strategy !== 'merge' && model.strategy !== 'partition')) return {};
  const names = [...new Set([...inspected.refs, ...inspected.deltas].map(({ name }) => name))];
  const read = columnsRead(statement, [...names, ...names.map(deltaName)]);
  return Object.fromEntries(
    names.flatMap((name) => {
      const [whole, delta] = [read[name], read[deltaName(name)]];
      return whole === undefined || delta === undefined ? [] : [[name, [...new Set([...whole, ...delta])]]];
    }),
  );
}

function overridePath(model: Model, dialect: Dialect): string {
  return model.sqlFile.replace(/\.sql$/, `.${dialect.name}.sql`);
}

function findings(model: Model, parsed: ParsedSql & { readonly ok: true }, rendered: Rendered): readonly Finding[] {
  const [statement, second] = statementNodes(parsed.tree);
  if (statement === undefined) return [{ offset: 0, message: 'the template holds no SQL; one SELECT is expected' }];
  if (second !== undefined) {
    const offset = rendered.sql.lastIndexOf(';', firstLocation(second) ?? 0);
    return [{ offset: Math.max(0, offset), message: 'one SELECT is expected, here a second statement begins' }];
  }
  const shown = [...allNodes(statement)].find((node) => node.type === 'SHOW_REF');
  if (shown !== undefined) return [{ offset: 0, message: 'one SELECT is expected' }];
  const { queries, tables } = readsOf(statement);
  return [
    ...(model.strategy === 'view' ? [] : unsteady(statement, rendered.sql)),
    ...(incremental.includes(model.strategy)
      ? [...queries.flatMap((query) => beyondOneRow(query, model, rendered.sql)), ...readTwice(tables)]
      : []),
  ];
}

/** Clocks and chance in a stored model: its rebuild would differ. */
function unsteady(statement: TreeNode, sql: string): readonly Finding[] {
  const found: Finding[] = [];
  for (const node of allNodes(statement)) {
    if (isNode(node.sample)) {
      const offset = Math.max(0, sql.toLowerCase().lastIndexOf('sample'));
      found.push({ offset, message: 'a sample is another one each time: a rebuild would give other rows' });
    }
    const name = calledName(node, sql);
    if (name === undefined) continue;
    const offset = locationOf(node) ?? 0;
    if (clockFunctions.has(name)) {
      const message = `'${name}' in a stored model: a rebuild would give other rows`;
      found.push({ offset, message, hint: 'use {{as_of}} or {{as_of_date}}, the time of the run' });
    } else if (randomFunctions.has(name)) {
      found.push({
        offset,
        message: `'${name}' in a stored model: a rebuild would give other rows`,
        hint: 'derive the value from the row',
      });
    }
  }
  return found;
}

/** The function that a node calls; `current_date` and its kin are parsed as columns. */
function calledName(node: TreeNode, sql: string): string | undefined {
  if (node.class === 'FUNCTION') {
    const name = String(node.function_name).toLowerCase();
    const given = Array.isArray(node.children) ? node.children.length : 0;
    return given <= (clockArguments.get(name) ?? given) ? name : undefined;
  }
  const names = node.class === 'COLUMN_REF' && Array.isArray(node.column_names) ? node.column_names : [];
  if (names.length !== 1) return undefined;
  const quoted = sql[locationOf(node) ?? 0] === '"';
  const name = String(names[0]).toLowerCase();
  return !quoted && /^(current|local)/.test(name) ? name : undefined;
}

/** What a row of a merge or append model cannot be made of, as only the changed rows are read. */
function beyondOneRow({ node, reads }: QueryNode, model: Model, sql: string): readonly Finding[] {
  if (!readsDelta(reads)) return [];
  const found: Finding[] = [];
  const add = (what: string, offset = 0) => {
    const message = `${what} over a delta, with strategy '${model.strategy}': it would see the changed rows only`;
    found.push({ offset, message, hint: tableInstead });
  };
  for (const modifier of Array.isArray(node.modifiers) ? node.modifiers.filter(isNode) : []) {
    if (modifier.type === 'DISTINCT_MODIFIER')
      add('DISTINCT', wordBefore(sql, 'distinct', firstLocation(node.select_list)));
    if (String(modifier.type).startsWith('LIMIT')) add('LIMIT', wordBefore(sql, 'limit', firstLocation(modifier)));
  }
  if (node.type === 'SET_OPERATION_NODE' && node.setop_all !== true) {
    const word = String(node.setop_type);
    add(word === 'UNION' ? 'UNION without ALL' : word, wordBefore(sql, word.toLowerCase(), firstLocation(node.right)));
  }
  for (const expression of ownExpressions(node)) {
    if (expression.class === 'WINDOW') add('a window function', locationOf(expression));
    const name = expression.class === 'FUNCTION' ? String(expression.function_name).toLowerCase() : '';
    if (aggregateFunctions.has(name)) add(`the aggregate '${name.replace('_star', '')}'`, locationOf(expression));
  }
  const groups = Array.isArray(node.group_expressions) ? node.group_expressions : [];
  if (found.length === 0 && groups.length > 0) add('GROUP BY', firstLocation(groups));
  return found;
}

/** A delta is a temporary table, and MySQL opens such a table once in a statement, also by way of a common table expression. */
function readTwice(tables: readonly TableUse[]): readonly Finding[] {
  const seen = new Set<string>();
  for (const { name, node } of tables.filter((table) => readsDelta(table.reads))) {
    if (seen.has(name))
      return [{ offset: locationOf(node) ?? 0, message: 'a model can read its delta in one place only' }];
    seen.add(name);
  }
  return [];
}

function readsDelta(tables: ReadonlySet<string>): boolean {
  return [...tables].some((table) => table.startsWith(deltaName('')));
}

/** Where a keyword stands that the tree has no place for: before the first thing that belongs to it. */
function wordBefore(sql: string, word: string, location: number | undefined): number {
  const found = sql.toLowerCase().lastIndexOf(word, location);
  return found < 0 ? (location ?? 0) : found;
}

function parseFinding(parsed: ParsedSql & { readonly ok: false }, sql: string): Finding {
  const message = parsed.message.replaceAll(deltaName(''), '').replaceAll('""', '"');
  if (!/only SELECT/i.test(message))
    return { offset: parsed.offset ?? 0, message: `this SQL cannot be parsed: ${message}` };
  const startsWell = /^\s*(?:--[^\n]*\n\s*)*(?:select|with|from|values|\()/i.test(sql);
  return {
    offset: startsWell ? Math.max(0, sql.indexOf(';')) : Math.max(0, sql.search(/\S/)),
    message: 'one SELECT is expected',
  };
}

function problem(inspected: InspectedTemplate, rendered: Rendered, { offset, message, hint }: Finding): Problem {
  const where = rendered.placeAt(offset);
  const sourceLine = sourceLineAt(where, inspected.texts);
  return {
    severity: 'error',
    message,
    where,
    ...(sourceLine !== undefined && { sourceLine }),
    ...(hint !== undefined && { hint }),
  };
}
