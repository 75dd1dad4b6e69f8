/** What names of columns stand for at one place of a statement. */
import { clockFunctions } from '../pipeline/sql-functions.js';
import { allOrigins, union, wholeTables } from './origins.js';
import type { Catalog, LineageColumn, Origins, QueryLineage } from './types.js';

/** A table, subquery or function in FROM. */
export interface Relation {
  /** In small letters; empty where it has no name. */
  readonly alias: string;
  readonly columns: readonly LineageColumn[];
  /** What columns that are not known come from; undefined where all are known. */
  readonly rest: Origins | undefined;
  /** Set where it is a table whose columns are not known: a column that must be one of its is named all the same. */
  readonly unknownTable: string | undefined;
}

export interface Scope {
  readonly relations: readonly Relation[];
  /** The columns that an unqualified name can mean, and `*` stands for: those of a `using` once. */
  readonly shown: readonly LineageColumn[];
  /** What select items before this place are called. */
  readonly aliases: ReadonlyMap<string, Origins>;
  /** Parameters of the lambdas around this place. */
  readonly parameters: ReadonlySet<string>;
  /** Common table expressions by name, in small letters. */
  readonly commonTables: ReadonlyMap<string, QueryLineage>;
  readonly catalog: Catalog;
  /** Of the query around a subquery. */
  readonly outer: Scope | undefined;
}

export function emptyScope(catalog: Catalog): Scope {
  return {
    relations: [],
    shown: [],
    aliases: new Map(),
    parameters: new Set(),
    commonTables: new Map(),
    catalog,
    outer: undefined,
  };
}

/** The scope of a query inside of this one. */
export function innerScope(scope: Scope): Scope {
  return { ...emptyScope(scope.catalog), commonTables: scope.commonTables, outer: scope };
}

/** What a reference comes from; where it cannot be told, all tables that it could be of. */
export function lookUp(names: readonly string[], scope: Scope): Origins {
  const found = find(names, scope);
  if (found !== undefined) return found;
  const [name = ''] = names;
  // Written without brackets, a clock looks like a column.
  if (names.length === 1 && clockFunctions.has(name.toLowerCase())) return [];
  return wholeTables(visible(scope).map(({ table }) => table));
}

function visible(scope: Scope): Origins {
  return union(...scope.relations.map(allOrigins), ...(scope.outer === undefined ? [] : [visible(scope.outer)]));
}

function find(names: readonly string[], scope: Scope): Origins | undefined {
  return findQualified(names, scope) ?? findAlone(names[0] ?? '', scope);
}

/** `t.x`, `schema.t.x`; what follows is a field of the column. */
function findQualified(names: readonly string[], scope: Scope): Origins | undefined {
  for (const [index, name] of names.slice(0, -1).entries()) {
    const relation = scope.relations.find(({ alias }) => alias === name.toLowerCase());
    if (relation !== undefined) return columnOf(relation, names[index + 1] ?? '');
  }
  return scope.outer === undefined ? undefined : findQualified(names, scope.outer);
}

/** All of the relation where it has no column of this name. */
export function columnOf(relation: Relation, name: string): Origins {
  const known = relation.columns.find((column) => isSameName(column.name, name));
  if (known !== undefined) return known.from;
  if (relation.unknownTable !== undefined) return [{ table: relation.unknownTable, column: name }];
  return relation.rest ?? wholeTables(allOrigins(relation).map(({ table }) => table));
}

function findAlone(name: string, scope: Scope): Origins | undefined {
  if (scope.parameters.has(name.toLowerCase())) return [];
  const known = scope.shown.filter((column) => isSameName(column.name, name));
  if (known.length > 0) return union(...known.map(({ from }) => from));
  const alias = scope.aliases.get(name.toLowerCase());
  const open = scope.relations.filter(({ rest }) => rest !== undefined);
  if (open.length === 0) return alias ?? wholeRow(name, scope) ?? outerColumn(name, scope);
  // It may be a column of what is not known, or else what the name means without that.
  const [only, another] = open;
  const candidates =
    only !== undefined && another === undefined ? columnOf(only, name) : union(...open.map(({ rest }) => rest ?? []));
  return union(candidates, alias ?? wholeRow(name, scope) ?? outerColumn(name, scope) ?? []);
}

/** The name of a relation alone is its row, all columns together. */
function wholeRow(name: string, scope: Scope): Origins | undefined {
  const relation = scope.relations.find(({ alias }) => alias === name.toLowerCase());
  return relation === undefined ? undefined : allOrigins(relation);
}

function outerColumn(name: string, scope: Scope): Origins | undefined {
  return scope.outer === undefined ? undefined : findAlone(name, scope.outer);
}

/** Databases take names of columns in any case. */
export function isSameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
