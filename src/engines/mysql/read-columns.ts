/** The columns that a source has, those that a read takes, and its cursor: names that are wrong are said with what there is. */
import type { FieldPacket } from 'mysql2';
import { EtlError } from '../../errors.js';
import { didYouMean } from '../../nearest.js';
import type { CursorDefinition, SourceRead } from '../contract.js';
import { type Connection, runStatement } from './connect.js';
import { errorNumber, sqlErrorPosition } from './errors.js';
import { quoteName } from './literals.js';
import { fieldTypes, typeFromField } from './types.js';

export interface SourceNames {
  readonly all: readonly string[];
  /** Without those that `SELECT *` leaves out. */
  readonly visible: readonly string[];
  /** Texts that are stored as UTF-8, as far as is known. */
  readonly utf8: readonly string[];
}

/**
 * SHOW COLUMNS leaves out what this login may not read, so a login without the right to a text can still read the rest.
 * Errors: DEFINITION where there is no such table.
 */
export async function namesOf(connection: Connection, read: SourceRead, relation: string): Promise<SourceNames> {
  if (read.table === undefined) {
    const { fields } = await runStatement(connection, `SELECT * FROM ${relation} LIMIT 0`);
    const all = fields.map((field) => field.name);
    return { all, visible: all, utf8: [] };
  }
  const rows = await showColumns(connection, read.table);
  const visible = rows.filter((row) => !/INVISIBLE/i.test(String(row.Extra)));
  const utf8 = rows.filter((row) => String(row.Collation).startsWith('utf8mb4_'));
  const fields = (some: typeof rows) => some.map((row) => String(row.Field));
  return { all: fields(rows), visible: fields(visible), utf8: fields(utf8) };
}

async function showColumns(connection: Connection, table: string) {
  try {
    return (await runStatement(connection, `SHOW FULL COLUMNS FROM ${quoteName(table)}`)).rows;
  } catch (cause) {
    if (!(cause instanceof EtlError) || errorNumber(cause) !== noSuchTable) throw cause;
    const { rows } = await runStatement(connection, 'SHOW TABLES');
    const meant = didYouMean(
      table,
      rows.flatMap((row) => Object.values(row).map(String)),
    );
    throw new EtlError('DEFINITION', `there is no table '${table}' that this login may read`, {
      cause,
      hint: meant ?? 'was it renamed or dropped? its staging table stays as it is until the definition says otherwise',
    });
  }
}

const noSuchTable = 1146;

/** Staging name -> expression, in the order of the source with the added ones last. */
export function chooseColumns(read: SourceRead, there: SourceNames): ReadonlyMap<string, string> {
  const { include, exclude, rename, add } = read.columns;
  for (const name of [...(include ?? []), ...exclude, ...Object.keys(rename)]) {
    if (!has(there, name)) throw noColumn(read, name, there);
  }
  const chosen = new Map<string, string>();
  const put = (name: string, expression: string): void => {
    if (chosen.has(name))
      throw new EtlError('DEFINITION', `${describeRead(read)} gives two columns the name '${name}'`);
    chosen.set(name, expression);
  };
  for (const name of include ?? there.visible) {
    if (exclude.some((other) => sameName(other, name))) continue;
    const renamed = Object.keys(rename).find((other) => sameName(other, name));
    put(renamed === undefined ? name : (rename[renamed] ?? name), `t.${quoteName(name)}`);
  }
  for (const [name, expression] of Object.entries(add)) put(name, `(${expression}\n)`);
  return chosen;
}

/** True for the expression of a column whose text is UTF-8 as it is stored. */
export function isUtf8(expression: string, { utf8 }: SourceNames): boolean {
  return utf8.some((name) => sameName(expression, `t.${quoteName(name)}`));
}

/** The cursor in SQL. Errors: DEFINITION where the source has no such column. */
export function cursorOf(read: SourceRead, { column }: CursorDefinition, there: SourceNames): string {
  if (!has(there, column)) throw noColumn(read, column, there);
  return `t.${quoteName(column)}`;
}

const timestamps: readonly unknown[] = [
  fieldTypes.TIMESTAMP,
  fieldTypes.TIMESTAMP2,
  fieldTypes.DATETIME,
  fieldTypes.DATETIME2,
  fieldTypes.DATE,
  fieldTypes.NEWDATE,
];
const numbers: readonly unknown[] = [
  fieldTypes.TINY,
  fieldTypes.SHORT,
  fieldTypes.INT24,
  fieldTypes.LONG,
  fieldTypes.LONGLONG,
  fieldTypes.DECIMAL,
  fieldTypes.NEWDECIMAL,
];

/** Throws DEFINITION where a column of this type cannot be such a cursor: an ENUM, for one, is ordered otherwise than compared. */
export function refuseCursor({ column, unit, timezone }: CursorDefinition, field: FieldPacket): void {
  const [allowed, takes] =
    unit === 'timestamp'
      ? [timestamps, 'a TIMESTAMP, DATETIME or DATE; whole numbers have a unit of s, ms, us or id']
      : [numbers, 'whole numbers and decimals'];
  if (!allowed.includes(field.columnType)) {
    const { kind } = typeFromField(field);
    throw new EtlError('DEFINITION', `the cursor '${column}' is of type ${kind}, which unit '${unit}' cannot be`, {
      hint: `unit '${unit}' takes ${takes}`,
    });
  }
  if (field.columnType === fieldTypes.TIMESTAMP && unit === 'timestamp' && timezone !== 'UTC') {
    throw new EtlError('DEFINITION', `the cursor '${column}' is a TIMESTAMP, which is UTC whatever the server's zone`, {
      hint: 'take `timezone` off the cursor; it is for DATETIME columns',
    });
  }
}

/**
 * The error of a select of listed columns. In a snapshot MySQL lists the columns that there were, and selects from those
 * that there are: one that it lists and does not know was dropped in between, and the next attempt sees it so.
 */
export function asDropped(error: EtlError, read: SourceRead, there: SourceNames): EtlError {
  const name = errorNumber(error) === unknownColumn ? sqlErrorPosition(error)?.name : undefined;
  if (name === undefined || !has(there, name)) return error;
  return new EtlError(
    'SCHEMA_CHANGE',
    `column '${name}' of ${describeRead(read)} was dropped while it was being read`,
    {
      cause: error,
      retryable: true,
    },
  );
}

const unknownColumn = 1054;

function noColumn(read: SourceRead, name: string, there: SourceNames): EtlError {
  return new EtlError('DEFINITION', `${describeRead(read)} has no column '${name}' that this login may read`, {
    hint: `it has ${there.all.join(', ')}`,
  });
}

function has(there: SourceNames, name: string): boolean {
  return there.all.some((other) => sameName(other, name));
}

function describeRead(read: SourceRead): string {
  return read.table === undefined ? 'the query' : `table '${read.table}'`;
}

/** Names of columns are compared without case by the server too. */
function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
