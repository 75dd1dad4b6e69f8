/** From a SourceRead to SQL: which columns there are, how each is read exactly, and which rows. */
import type { FieldPacket } from 'mysql2';
import { EtlError, toEtlError } from '../../errors.js';
import type { CursorValue, PageOptions, SourceRead } from '../contract.js';
import type { RangeColumn } from '../range-sql.js';
import type { Cell, Column } from '../types.js';
import { type Connection, runStatement } from './connect.js';
import { asExtendedWkb } from './geometry.js';
import { quoteName, quoteText, quoteValue } from './literals.js';
import { asDropped, chooseColumns, cursorOf, isUtf8, namesOf, refuseCursor } from './read-columns.js';
import { columnFromField, fieldTypes, isZerofill } from './types.js';

export interface ReadPlan {
  readonly columns: readonly Column[];
  /** SQL of each column, in the order of `columns`. */
  readonly select: readonly string[];
  /** The same for computing with them: of BIT the number and not its digits. */
  readonly computable: readonly RangeColumn[];
  /** The table or derived table, under the alias `t`. */
  readonly relation: string;
  readonly cursor: string | undefined;
  /** For `keyOrder`. */
  readonly expressions: ReadonlyMap<string, string>;
}

/** How the rows of a plan can be ordered. */
export interface KeyOrder {
  /** The key in SQL where the table's primary key starts with it, so that ordering by it costs nothing; else empty. */
  readonly order: readonly string[];
  /** True where the key is the whole of the table's primary key. */
  readonly isPrimary: boolean;
}

export type OrderedPlan = ReadPlan & KeyOrder;

/** Asks the server for the columns of a read. Errors: DEFINITION where a name is wrong, DATABASE, PRIVILEGE. */
export async function planRead(connection: Connection, read: SourceRead): Promise<ReadPlan> {
  const relation = read.query === undefined ? `${quoteName(read.table ?? '')} AS t` : derived(read.query);
  const names = await namesOf(connection, read, relation);
  const expressions = chooseColumns(read, names);
  const cursor = read.cursor && cursorOf(read, read.cursor, names);
  const asked = [...expressions.values(), ...(cursor === undefined ? [] : [cursor])];
  const described = await fieldsOf(connection, asked, relation).catch((thrown) => {
    throw asDropped(toEtlError(thrown), read, names);
  });
  const fields = described.slice(0, expressions.size);
  const ofCursor = described[expressions.size];
  if (read.cursor !== undefined && ofCursor !== undefined) refuseCursor(read.cursor, ofCursor);
  const columns = fields.map((field, at) => ({
    ...columnFromField(field),
    name: [...expressions.keys()][at] ?? field.name,
  }));
  const select = fields.map((field, at) => exactly([...expressions.values()][at] ?? '', field));
  const computable = columns.map((column, at) => {
    const expression = [...expressions.values()][at] ?? '';
    return { ...column, sql: asNumber(expression, fields[at]), isUtf8: isUtf8(expression, names) };
  });
  return { columns, select, computable, relation, cursor, expressions };
}

/** Of integers alone: an ENUM is ordered by its number but compared as a text. */
export function canBeginBehindKey({ order, columns }: OrderedPlan, { key }: SourceRead): boolean {
  const isInteger = (name: string) => columns.find((column) => column.name === name)?.type.kind === 'integer';
  return order.length > 0 && key.every(isInteger);
}

/**
 * A primary key whose values arrive as they are, and fit into a key of the warehouse. Zero dates are two and more, and all
 * of them arrive as NULL.
 */
export function hasUniqueKey({ isPrimary, columns }: OrderedPlan, { key }: SourceRead): boolean {
  const isExact = (name: string): boolean => {
    const type = columns.find((column) => column.name === name)?.type;
    if (type?.kind === 'text' || type?.kind === 'binary') return (type.maxLength ?? Infinity) <= longestKeyText;
    return type?.kind === 'integer' || type?.kind === 'decimal';
  };
  return isPrimary && key.every(isExact);
}

/** Characters, of which an index of 3,072 bytes has room for four columns. */
const longestKeyText = 191;

/** The rows from a cursor on, or those without one; undefined where all rows are meant. */
export function selectByCursor(plan: ReadPlan, read: SourceRead, from: CursorValue | undefined): string | undefined {
  if (plan.cursor === undefined) return undefined;
  if (read.nullCursor === 'only') return `${selectAll(plan)} WHERE ${noCursor(plan.cursor, read)}`;
  return from === undefined ? undefined : `${selectAll(plan)} WHERE ${fromCursor(plan.cursor, read, from)}`;
}

/** All rows, in key order where that costs nothing; `after` and `upTo` cut a part out of that order. */
export function selectInOrder(
  plan: OrderedPlan,
  read: SourceRead,
  { after, upTo }: Pick<PageOptions, 'after' | 'upTo'>,
): string {
  const rows = selectAll(plan);
  const order = plan.order.length === 0 ? '' : ` ORDER BY ${plan.order.join(', ')}`;
  const conditions = [
    ...withCursor(plan, read),
    ...(after === undefined ? [] : [behindKey(plan.order, after)]),
    ...(upTo === undefined ? [] : [`${plan.order[0]} <= ${quoteValue(upTo)}`]),
  ];
  return rows + (conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`) + order;
}

/** Written out: of the row constructor `(a, b) > (1, 2)` the servers make a full scan. */
function behindKey(order: readonly string[], after: readonly Cell[]): string {
  const alternatives = order.slice(0, after.length).map((column, at) => {
    const same = order.slice(0, at).map((before, index) => `${before} = ${quoteValue(after[index])}`);
    return [...same, `${column} > ${quoteValue(after[at])}`].join(' AND ');
  });
  return `(${alternatives.join(' OR ')})`;
}

/** The columns of every row. */
export function selectAll(plan: ReadPlan): string {
  const list = plan.select
    .map((expression, at) => `${expression} AS ${quoteName(plan.columns[at]?.name ?? '')}`)
    .join(', ');
  return `SELECT ${list} FROM ${plan.relation}`;
}

/** The largest cursor, not above `cap`, as a CursorValue. */
export function selectMaxCursor(plan: ReadPlan, read: SourceRead, cap: CursorValue | undefined): string {
  const { cursor } = plan;
  if (cursor === undefined) throw new EtlError('INTERNAL', 'a read without a cursor has no largest one');
  const timestamp = read.cursor?.unit === 'timestamp';
  const largest = timestamp ? `DATE_FORMAT(MAX(${cursor}), '%Y-%m-%d %H:%i:%s.%f')` : `CAST(MAX(${cursor}) AS CHAR)`;
  const real = timestamp ? ` WHERE ${cursor} >= ${earliest}` : '';
  const below = cap === undefined ? real : ` WHERE ${cursor} <= ${cursorLiteral(read, cap)}`;
  return `SELECT ${largest} AS seen FROM ${plan.relation}${below}`;
}

const earliest = `TIMESTAMP'1970-01-01 00:00:01'`;

/** Rows without a (real) date as cursor are read each time, unless they are left out: nothing tells when they change. */
function fromCursor(cursor: string, read: SourceRead, from: CursorValue): string {
  if (read.nullCursor === 'skip') return `${cursor} >= ${cursorLiteral(read, from)}`;
  const zero = read.cursor?.unit === 'timestamp' ? ` OR ${cursor} < ${earliest}` : '';
  return `${cursor} >= ${cursorLiteral(read, from)} OR ${cursor} IS NULL${zero}`;
}

/** Those that a read from the start leaves out, as a condition on the others. */
export function withCursor(plan: ReadPlan, read: SourceRead): readonly string[] {
  return plan.cursor !== undefined && read.nullCursor === 'skip' ? [`NOT (${noCursor(plan.cursor, read)})`] : [];
}

/** NULL or a zero date. A date before 1970 is one all the same. */
function noCursor(cursor: string, read: SourceRead): string {
  const zero = ` OR (${cursor} < ${earliest} AND (MONTH(${cursor}) = 0 OR DAYOFMONTH(${cursor}) = 0))`;
  return `${cursor} IS NULL${read.cursor?.unit === 'timestamp' ? zero : ''}`;
}

function cursorLiteral(read: SourceRead, value: CursorValue): string {
  if (read.cursor?.unit === 'timestamp') return `TIMESTAMP${quoteText(value)}`;
  if (!/^-?\d+(\.\d+)?$/.test(value)) throw new EtlError('INTERNAL', `not a number: ${value}`);
  return value;
}

async function fieldsOf(connection: Connection, expressions: readonly string[], relation: string) {
  return (await runStatement(connection, `SELECT ${expressions.join(', ')} FROM ${relation} LIMIT 0`)).fields;
}

/**
 * The expression by which a column arrives exactly: the text protocol rounds FLOAT to 6 digits, BIT and geometries come in
 * forms of their own, and the zeros of ZEROFILL are no digits.
 */
function exactly(expression: string, field: FieldPacket): string {
  switch (field.columnType) {
    case fieldTypes.FLOAT:
      // Adding 0 would turn -0 into 0.
      return `${expression} * 1e0`;
    case fieldTypes.BIT:
      return `CAST(CAST(${expression} AS UNSIGNED) AS CHAR)`;
    case fieldTypes.GEOMETRY:
      return asExtendedWkb(expression);
    case fieldTypes.VECTOR:
      return `CAST(${expression} AS BINARY)`;
    case fieldTypes.LONGLONG:
    case fieldTypes.NEWDECIMAL:
      return isZerofill(field) ? `${expression} + 0` : expression;
    default:
      return expression;
  }
}

function asNumber(expression: string, field: FieldPacket | undefined): string {
  if (field === undefined) return expression;
  if (field.columnType === fieldTypes.BIT) return `CAST(${expression} AS UNSIGNED)`;
  // Four digits, with zeros before them, are no number's text.
  return field.columnType === fieldTypes.YEAR || isZerofill(field) ? `(${expression} + 0)` : exactly(expression, field);
}

/** Asked for where all rows are read, and not by each read of a few. */
export async function keyOrder(connection: Connection, read: SourceRead, { expressions }: ReadPlan): Promise<KeyOrder> {
  if (read.table === undefined || read.key.length === 0) return { order: [], isPrimary: false };
  const { rows } = await runStatement(
    connection,
    `SHOW INDEX FROM ${quoteName(read.table)} WHERE Key_name = 'PRIMARY'`,
  );
  const primary = rows.map((row) => `t.${quoteName(String(row.Column_name))}`.toLowerCase());
  const order = read.key.map((name) => expressions.get(name) ?? '');
  const isOrdered = order.every((expression, at) => primary[at] === expression.toLowerCase());
  return { order: isOrdered ? order : [], isPrimary: isOrdered && primary.length === order.length };
}

function derived(query: string): string {
  return `(${query.replace(/[;\s]+$/, '')}\n) AS t`;
}
