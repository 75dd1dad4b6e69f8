/** The SQL of a warehouse in a DuckDB file. */
import type { Dialect } from '../contract.js';
import type { RewrittenTable } from '../rewritten-table.js';
import { type Column, type ColumnType, goneMark, type Parameter } from '../types.js';
import { helpers } from './helpers.js';
import { keyBits } from './key-bits.js';
import { ranges } from './ranges.js';

/** Of the names of tables in the file that a first load fills, before they are called as the staging table. */
export const workPrefix = 'etl_work_';

/** The in-memory database, attached by every warehouse, that holds all other work tables: a killed run leaves none behind. */
export const workDatabase = 'etl_work';

/** DECIMAL holds no more digits than this; wider ones are kept as text. */
export const widestDecimal = 38;

export const dialect: Dialect = {
  name: 'duckdb',
  identifier: id,
  literal,
  columnType,
  writtenRows,
  distinct: (left, right) => `${left} is distinct from ${right}`,
  timestamp: (value) => `timestamp ${quoteText(value)}`,
  workTable,
  keyedTable: (name) => workPrefix + name,
  readOrder: 'rowid',
  scratchTable,
  createTable,
  addColumn: (table, column) =>
    [
      `alter table ${id(table)} add column ${id(column.name)} ${columnType(column.type)}`,
      ...comments(table, [column]),
    ].join(';\n'),
  redefineColumn,
  createView: (view, select) => `create or replace view ${id(view)} as ${select}`,
  dropTable: (table) => `drop table if exists ${id(table)}`,
  dropView: (view) => `drop view if exists ${id(view)}`,
  createScratchTableAs: (name, select) => [`create or replace temp table ${id(scratchPrefix + name)} as ${select}`],
  dropScratchTable: (name) => `drop table if exists ${scratchTable(name)}`,
  createScratchViewAs: (name, select) => [`create or replace temp view ${id(scratchPrefix + name)} as ${select}`],
  dropScratchView: (name) => `drop view if exists ${scratchTable(name)}`,
  dropWorkTable: (name) => `drop table if exists ${workTable(name)}`,
  upsert: (table, columns, key, from, known = from) => replaceRows(id(table), columns, key, { from, known }, '='),
  rewriteTable,
  deleteMatching: (table, columns, keys, keyColumns) => deleteFrom(id(table), columns, keys, keyColumns, '='),
  replaceLoaded: (loaded, columns, key, from) =>
    replaceRows(loaded, columns, key, { from: workTable(from), known: workTable(from) }, nullSafe),
  deleteLoaded: (loaded, condition) => `delete from ${loaded} as t where ${condition}`,
  renameTable,
  ranges,
  keyBits,
  helpers,
};

const scratchPrefix = 'etl_scratch_';

function id(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function quoteText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function literal(value: Parameter): string {
  if (typeof value === 'string') return quoteText(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return `cast('${value}' as double)`;
  return String(value);
}

function workTable(name: string): string {
  return `${workDatabase}.main.${id(name)}`;
}

function scratchTable(name: string): string {
  return `temp.main.${id(scratchPrefix + name)}`;
}

/**
 * No primary key and no index: DuckDB's indexes slow the loading, must fit into memory, and refuse a key that one
 * transaction deletes and inserts again. Keys are checked by queries instead. Only key columns are NOT NULL, so that
 * every other column can be added later just as well.
 * @param ofManyTexts columns whose texts hardly repeat, so that a dictionary of them is no use
 */
export function createTable(
  table: string,
  columns: readonly Column[],
  key: readonly string[],
  ofManyTexts: ReadonlySet<string> = new Set(),
): string {
  const lines = columns.map(({ name, type, nullable }) => {
    const notNull = key.includes(name) && !nullable ? ' not null' : '';
    return `  ${id(name)} ${columnType(type)}${notNull}${ofManyTexts.has(name) ? ' using compression fsst' : ''}`;
  });
  return [`create table ${id(table)} (\n${lines.join(',\n')}\n)`, ...comments(table, columns)].join(';\n');
}

function writtenRows(
  columns: readonly Pick<Column, 'name' | 'type'>[],
  rows: readonly (readonly (string | null)[])[],
): string {
  const casts = columns.map(({ name, type }) => `cast(${id(name)} as ${columnType(type)}) as ${id(name)}`);
  const names = columns.map(({ name }) => id(name)).join(', ');
  // There is no list of no values.
  const written = rows.length === 0 ? [columns.map(() => null)] : rows;
  const lines = written.map((row) => `(${row.map((cell) => literal(cell)).join(', ')})`);
  const none = rows.length === 0 ? ' where false' : '';
  return `select ${casts.join(', ')} from (values\n${lines.join(',\n')}\n) as written(${names})${none}`;
}

/** Decimals that are kept as text have the places of their type: with more places they are spelled otherwise. */
function redefineColumn(table: string, column: Column, from: ColumnType): string | undefined {
  const { name, type } = column;
  const [old, wanted] = [columnType(from), columnType(type)];
  const isSpelledAnew = type.kind === 'decimal' && from.kind === 'decimal' && wanted === 'varchar';
  if (isSpelledAnew && type.scale !== from.scale) return undefined;
  const comment = commentOf(column);
  return [
    ...(old === wanted ? [] : [`alter table ${id(table)} alter column ${id(name)} set data type ${wanted}`]),
    `comment on column ${id(table)}.${id(name)} is ${comment === undefined ? 'null' : quoteText(comment)}`,
  ].join(';\n');
}

function comments(table: string, columns: readonly Column[]): readonly string[] {
  return columns.flatMap((column) => {
    const comment = commentOf(column);
    if (comment === undefined) return [];
    return [`comment on column ${id(table)}.${id(column.name)} is ${quoteText(comment)}`];
  });
}

function commentOf({ type, isGone }: Column): string | undefined {
  const words = [meaningOf(type) ?? [], isGone === true ? goneMark : []].flat();
  return words.length === 0 ? undefined : words.join(' ');
}

/**
 * The shared type, where the column's own type does not tell it back: it is kept as the column's comment, so that the
 * next run does not see a changed type.
 */
function meaningOf(type: ColumnType): string | undefined {
  if (type.kind === 'json' || type.kind === 'time' || type.kind === 'float') return type.kind;
  return type.kind === 'decimal' && type.precision > widestDecimal
    ? `decimal(${type.precision},${type.scale})`
    : undefined;
}

function columnType(type: ColumnType): string {
  switch (type.kind) {
    case 'boolean':
      return 'boolean';
    case 'integer':
      return `${type.unsigned ? 'u' : ''}${{ 8: 'tinyint', 16: 'smallint', 32: 'integer', 64: 'bigint' }[type.bits]}`;
    case 'decimal':
      return type.precision <= widestDecimal ? `decimal(${type.precision},${type.scale})` : 'varchar';
    case 'float': // as on MySQL: in FLOAT, products and sums would be rounded to seven digits
    case 'double':
      return 'double';
    case 'binary':
      return 'blob';
    case 'date':
      return 'date';
    case 'timestamp':
      return 'timestamp';
    case 'text':
    case 'json': // JSON in a text column keeps its spelling, and compares as on MySQL
    case 'time': // TIME ends at 24:00:00; a MySQL TIME is a span of up to 838 hours
      return 'varchar';
  }
}

/**
 * Delete and insert: with 20,000 rows of 2,000,000 changed at random, 27 ms and 12 ms for the commit, where an update
 * and MERGE need 165 ms and 570 ms or more (they rewrite every block they touch, one version of each column).
 */
function replaceRows(
  table: string,
  columns: readonly string[],
  key: readonly string[],
  { from, known }: { readonly from: string; readonly known: string },
  equals: Equals,
): readonly string[] {
  const list = columns.map(id).join(', ');
  return [deleteFrom(table, key, known, key, equals), `insert into ${table} (${list}) select ${list} from ${from} n`];
}

function rewriteTable(table: string, columns: readonly Column[], selects: readonly string[]): RewrittenTable {
  // Seen by nobody: by the end of the transaction it is called as the table.
  const anew = `etl_rewritten_${table}`;
  const key = columns.filter(({ nullable }) => !nullable).map(({ name }) => name);
  return {
    additions: additionsTo(table),
    statements: [
      createTable(anew, columns, key),
      ...selects.map((select) => `insert into ${id(anew)} ${select}`),
      `drop table ${id(table)}`,
      renameTable(anew, table),
    ],
  };
}

/** Indexes and comments, some of which are the types that the columns' own do not tell. */
function additionsTo(table: string): string {
  const here = `database_name = current_database() and schema_name = 'main' and table_name = ${quoteText(table)}`;
  const name = (sql: string) => `'"' || replace(${sql}, '"', '""') || '"'`;
  const comment = `' is ''' || replace(comment, '''', '''''') || ''''`;
  return [
    `select sql from duckdb_indexes() where ${here}`,
    `select 'comment on table ' || ${name('table_name')} || ${comment} from duckdb_tables() where ${here} and comment is not null`,
    `select 'comment on column ' || ${name('table_name')} || '.' || ${name('column_name')} || ${comment} from duckdb_columns() where ${here} and comment is not null`,
  ].join('\nunion all ');
}

function renameTable(table: string, name: string): string {
  return `alter table ${id(table)} rename to ${id(name)}`;
}

const nullSafe = 'is not distinct from';

/** Only with `=` does DuckDB pass over the parts of a table whose values are all below or above those of the keys. */
type Equals = '=' | typeof nullSafe;

function deleteFrom(
  table: string,
  columns: readonly string[],
  keys: string,
  keyColumns: readonly string[],
  equals: Equals,
): string {
  const same = columns.map((column, index) => `t.${id(column)} ${equals} n.${id(keyColumns[index] ?? '')}`);
  return `delete from ${table} as t using ${keys} as n where ${same.join(' and ')}`;
}
