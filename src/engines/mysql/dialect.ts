/**
 * The SQL of a warehouse on MySQL 8.0 and MariaDB 10.6, for sessions in ANSI_QUOTES and NO_BACKSLASH_ESCAPES.
 * Where the two servers differ, both are in the text: comments `M!` are run by MariaDB alone, `!80017` by MySQL alone.
 */
import { EtlError } from '../../errors.js';
import type { Dialect } from '../contract.js';
import { type Column, type ColumnType, goneMark } from '../types.js';
import { helpers } from './helpers.js';
import { quoteName as id, quoteText, quoteValue } from './literals.js';
import { ranges } from './ranges.js';

/** Collations without padding and folding, or else 'a', 'A' and 'a ' would be one value. */
export const binaryCollation = '/*!80017 utf8mb4_0900_bin */ /*M! utf8mb4_nopad_bin */';
/** By this comment `recover` knows a table as ours. */
export const tableComment = 'chat-etl';

const readOrder = 'etl_row';
const workPrefix = 'etl_work_';

export const dialect: Dialect = {
  name: 'mysql',
  identifier: id,
  literal: quoteValue,
  columnType,
  writtenRows,
  distinct: (left, right) => `not (${left} <=> ${right})`,
  timestamp: (value) => `timestamp${quoteText(value)}`,
  workTable,
  keyedTable: (name) => workPrefix + name,
  readOrder: id(readOrder),
  scratchTable,
  createTable: (table, columns, key) => createTable(id(table), columns, keyClause(columns, key), key),
  addColumn: (table, column) => `alter table ${id(table)} add column ${columnDefinition(column, false)}`,
  redefineColumn: (table, column) =>
    `alter table ${id(table)} modify column ${columnDefinition(column, !column.nullable)}`,
  createView: (view, select) => `create or replace view ${id(view)} as ${select}`,
  dropTable: (table) => `drop table if exists ${id(table)}`,
  dropView: (view) => `drop view if exists ${id(view)}`,
  createScratchTableAs: createScratchTable,
  dropScratchTable: (name) => `drop temporary table if exists ${scratchTable(name)}`,
  // A view sees no temporary tables.
  createScratchViewAs: createScratchTable,
  dropScratchView: (name) => `drop temporary table if exists ${scratchTable(name)}`,
  dropWorkTable: (name) => `drop table if exists ${workTable(name)}`,
  upsert,
  rewriteTable: () => undefined,
  renameTable: (table, name) => `rename table ${id(table)} to ${id(name)}`,
  deleteMatching: (table, columns, keys, keyColumns) =>
    `delete t from ${id(table)} t join ${keys} n on ${sameKey(columns, keyColumns)}`,
  replaceLoaded: (loaded, columns, key, from) => [
    `delete t from ${loaded} t join ${workTable(from)} n on ${sameKey(key, key)}`,
    `insert into ${loaded} (${columns.map(id).join(', ')}) select ${columns.map(id).join(', ')} from ${workTable(from)}`,
  ],
  deleteLoaded: (loaded, condition) => `delete t from ${loaded} t where ${condition}`,
  ranges,
  helpers,
};

/** A work table: by its key where that is unique, ready to be published; else rows in reading order and no other index. */
export function createWorkTable(name: string, columns: readonly Column[], uniqueKey: readonly string[] = []): string {
  if (uniqueKey.length > 0) {
    const keyed = columns.map((column) => ({ ...column, nullable: !uniqueKey.includes(column.name) }));
    return dialect.createTable(dialect.keyedTable(name), keyed, uniqueKey);
  }
  const nullable = columns.map((column) => ({ ...column, nullable: true }));
  const order = `${id(readOrder)} bigint unsigned not null auto_increment primary key`;
  return createTable(workTable(name), nullable, order, []);
}

function workTable(name: string): string {
  return id(workPrefix + name);
}

function scratchTable(name: string): string {
  return id(`etl_scratch_${name}`);
}

function createScratchTable(name: string, select: string): readonly string[] {
  return [
    `drop temporary table if exists ${scratchTable(name)}`,
    `create temporary table ${scratchTable(name)} engine=InnoDB as ${select}`,
  ];
}

function createTable(
  table: string,
  columns: readonly Column[],
  last: string | undefined,
  key: readonly string[],
): string {
  const lines = columns.map((column) => columnDefinition(column, key.includes(column.name)));
  if (last !== undefined) lines.push(last);
  return `create table ${table} (\n  ${lines.join(',\n  ')}\n) engine=InnoDB default character set utf8mb4 collate ${binaryCollation} comment=${quoteText(tableComment)}`;
}

/** As JSON, since MySQL and MariaDB write lists of values in two ways. Texts get the collation of the session by the cast. */
function writtenRows(
  columns: readonly Pick<Column, 'name' | 'type'>[],
  rows: readonly (readonly (string | null)[])[],
): string {
  const lines = rows.map((row) => JSON.stringify(row));
  // MariaDB joins by a hash what is short, and compares each text without a bound with each other.
  const isShort = (index: number) => rows.every((row) => [...(row[index] ?? '')].length <= unboundedKeyLength);
  const paths = columns.map(
    ({ name, type }, index) => `${id(name)} ${columnType(type, isShort(index))} path '$[${index}]' error on error`,
  );
  const casts = columns.map(({ name, type }) =>
    type.kind === 'text' ? `cast(${id(name)} as char) as ${id(name)}` : id(name),
  );
  const json = quoteText(`[${lines.join(',\n')}]`);
  return `select ${casts.join(', ')} from json_table(${json}, '$[*]' columns (${paths.join(', ')})) as written`;
}

/** A primary key where no column of it can be null; NULLs are allowed in a unique index, as often as one likes. */
function keyClause(columns: readonly Column[], key: readonly string[]): string | undefined {
  if (key.length === 0) return undefined;
  const list = key.map(id).join(', ');
  const nullable = columns.some((column) => column.nullable && key.includes(column.name));
  return nullable ? `unique key ${id('etl_key')} (${list})` : `primary key (${list})`;
}

function columnDefinition(column: Column, key: boolean): string {
  const words = [meaningOf(column.type, key) ?? [], column.isGone === true ? goneMark : []].flat();
  const comment = words.length === 0 ? '' : ` comment ${quoteText(words.join(' '))}`;
  return `${id(column.name)} ${columnType(column.type, key)}${column.nullable ? ' null' : ' not null'}${comment}`;
}

/**
 * The shared type's name, where the column's own type does not tell it back: it is kept as the column's comment, so that
 * the next run does not see a changed type.
 */
function meaningOf(type: ColumnType, key: boolean): string | undefined {
  if (type.kind === 'json' || type.kind === 'float') return type.kind;
  const sized = type.kind === 'text' || type.kind === 'binary';
  return key && sized && (type.maxLength ?? Infinity) > keyLength(type) ? type.kind : undefined;
}

/** A column as its comment tells of it. */
export function asCommented(column: Column, comment: string): Column {
  const kinds = ['json', 'float', 'text', 'binary'] as const;
  const [word = ''] = comment.split(' ');
  const kind = kinds.find((known) => known === word);
  const type = kind === undefined ? column.type : { kind };
  return { ...column, type, ...(comment.endsWith(goneMark) ? { isGone: true } : {}) };
}

type Sized = Extract<ColumnType, { kind: 'text' | 'binary' }>;

/** Longer texts are stored without a bound: a row's declared lengths may not exceed 65,535 bytes together. */
const longestVarchar = 255;
/** Four unbounded texts fit into one index of 3,072 bytes, four bytes a character. */
const unboundedKeyLength = 191;

function keyLength(type: Sized): number {
  return Math.min(type.maxLength ?? unboundedKeyLength, type.kind === 'text' ? 768 : 3072);
}

function columnType(type: ColumnType, key: boolean): string {
  switch (type.kind) {
    case 'boolean':
      return 'tinyint(1)';
    case 'integer':
      return `${{ 8: 'tinyint', 16: 'smallint', 32: 'int', 64: 'bigint' }[type.bits]}${type.unsigned ? ' unsigned' : ''}`;
    case 'decimal':
      return decimal(type.precision, type.scale);
    case 'float': // its values are doubles by now; FLOAT would print them rounded
    case 'double':
      return 'double';
    case 'text':
    case 'binary': {
      const name =
        type.kind === 'text' ? { short: 'varchar', long: 'longtext' } : { short: 'varbinary', long: 'longblob' };
      const length = key ? keyLength(type) : (type.maxLength ?? Infinity);
      return key || length <= longestVarchar ? `${name.short}(${Math.max(length, 1)})` : name.long;
    }
    case 'date':
      return 'date';
    case 'time':
      return 'time(6)';
    case 'timestamp':
      return 'datetime(6)';
    case 'json': // JSON would sort keys and drop doubled ones
      return 'longtext';
  }
}

/** More digits than the server holds would be cut with a mere note. */
function decimal(precision: number, scale: number): string {
  if (precision <= 65 && scale <= 30) return `decimal(${precision},${scale})`;
  throw new EtlError('UNSUPPORTED', `MySQL holds decimal(65,30) at most, not decimal(${precision},${scale})`, {
    hint: 'cast the column, e.g. to decimal(38,10)',
  });
}

/** No table of a project is called so: in ON DUPLICATE KEY UPDATE a table `n` and an alias `n` would be one. */
const incoming = 'etl_incoming';

/**
 * A key with a NULL in it collides with nothing in a unique index, so such rows are deleted first; where a key's columns
 * are not null the server knows without looking that there are none.
 */
function upsert(
  table: string,
  columns: readonly string[],
  key: readonly string[],
  from: string,
  known = from,
): readonly string[] {
  const list = columns.map(id).join(', ');
  const values = columns.map((column) => `${incoming}.${id(column)}`).join(', ');
  const others = columns.filter((column) => !key.includes(column));
  const updated = (others.length > 0 ? others : key)
    .map((column) => `${id(column)} = ${incoming}.${id(column)}`)
    .join(', ');
  const withNull = key.map((column) => `${incoming}.${id(column)} is null`).join(' or ');
  return [
    `delete t from ${id(table)} t join ${known} ${incoming} on ${sameKey(key, key, incoming)} where ${withNull}`,
    `insert into ${id(table)} (${list}) select ${values} from ${from} ${incoming} on duplicate key update ${updated}`,
  ];
}

function sameKey(columns: readonly string[], keyColumns: readonly string[], alias = 'n'): string {
  return columns.map((column, index) => `t.${id(column)} <=> ${alias}.${id(keyColumns[index] ?? '')}`).join(' and ');
}
