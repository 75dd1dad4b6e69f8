/** What is read of a source, as DuckDB's SQL. */
import { EtlError } from '../../errors.js';
import type { CursorDefinition, CursorValue, PageOptions, SourceRead } from '../contract.js';
import type { RangeColumn } from '../range-sql.js';
import type { SummaryRequest } from '../ranges.js';
import type { Column, ColumnType } from '../types.js';
import { dialect } from './dialect.js';
import { ranges } from './ranges.js';

/** All columns of the table or query, to be prepared for their names. */
export function selectAll(read: SourceRead): string {
  return `select * from ${relationOf(read)} as source_rows`;
}

/** The columns that a read gives, uncast, to be prepared for their types. Errors: DATABASE where it names what is not there. */
export function selectShape(read: SourceRead, available: readonly string[]): string {
  const { include, exclude, rename, add } = read.columns;
  const unknown = [...(include ?? []), ...exclude, ...Object.keys(rename)].find((name) => !available.includes(name));
  if (unknown !== undefined) {
    throw new EtlError('DATABASE', `${read.table ?? 'the query'} has no column '${unknown}'`, {
      hint: `it has: ${available.join(', ')}`,
    });
  }
  const taken = (include ?? available).filter((name) => !exclude.includes(name));
  const names = [...taken.map((name) => rename[name] ?? name), ...Object.keys(add)];
  const list = names.map((name) => `${expressionOf(read, name)} as ${dialect.identifier(name)}`);
  return `select ${list.join(', ')} from ${relationOf(read)} as source_rows`;
}

/** All rows at or above `from`, and by `nullCursor` those whose cursor is NULL; each column cast to its type in a warehouse. */
export function selectRows(read: SourceRead, columns: readonly Column[], from: CursorValue | undefined): string {
  const list = columns.map(({ name, type }) => {
    return `${castTo(type, expressionOf(read, name))} as ${dialect.identifier(name)}`;
  });
  const select = `select ${list.join(', ')} from ${relationOf(read)} as source_rows`;
  const condition = read.cursor === undefined ? undefined : rowsWanted(read, read.cursor, from);
  return condition === undefined ? select : `${select} where ${condition}`;
}

/** Undefined for all rows. */
function rowsWanted(
  { nullCursor }: SourceRead,
  cursor: CursorDefinition,
  from: CursorValue | undefined,
): string | undefined {
  const value = cursorExpression(cursor);
  if (nullCursor === 'only') return `${value} is null`;
  if (from === undefined) return nullCursor === 'skip' ? `${value} is not null` : undefined;
  const above = `${value} >= ${cursorLiteral(cursor, from)}`;
  return nullCursor === 'skip' ? above : `(${above} or ${value} is null)`;
}

/** The rows of a read from the start that are in some ranges of their key. */
export function selectWithin(
  read: SourceRead,
  columns: readonly Column[],
  { key, ranges: wanted }: NonNullable<PageOptions['within']>,
): string {
  return `select * from (${selectRows(read, columns, undefined)}) as source_rows where ${ranges.within(rangeColumns(columns), key, wanted)}`;
}

/** The rows of a read from the start, summed up by ranges of their key. */
export function selectSummaries(read: SourceRead, columns: readonly Column[], request: SummaryRequest): string {
  return ranges.summarize(`(${selectRows(read, columns, undefined)}) as source_rows`, rangeColumns(columns), request);
}

export function selectBounds(read: SourceRead, columns: readonly Column[]): string {
  return ranges.bounds(`(${selectRows(read, columns, undefined)}) as source_rows`, rangeColumns(columns), read.key);
}

/** Their values are cast already. */
function rangeColumns(columns: readonly Column[]): readonly RangeColumn[] {
  return columns.map((column) => ({ ...column, sql: dialect.identifier(column.name) }));
}

/** The largest cursor not above `cap`, as the text of a CursorValue. */
export function selectMaxCursor(read: SourceRead, cursor: CursorDefinition, cap: CursorValue | undefined): string {
  const value = cursorExpression(cursor);
  const largest = cursor.unit === 'timestamp' ? `strftime(max(${value}), '%Y-%m-%d %H:%M:%S.%f')` : `max(${value})`;
  const where = cap === undefined ? '' : ` where ${value} <= ${cursorLiteral(cursor, cap)}`;
  return `select cast(${largest} as varchar) as largest from ${relationOf(read)} as source_rows${where}`;
}

/** A table may be given with its schema: `chat.messages`. */
function relationOf(read: SourceRead): string {
  if (read.query !== undefined) return `(\n${read.query}\n)`;
  return (read.table ?? '').split('.').map(dialect.identifier).join('.');
}

/** What a column of staging is in the source. */
function expressionOf({ columns: { add, rename } }: SourceRead, name: string): string {
  const added = add[name];
  if (added !== undefined) return `(${added})`;
  const renamed = Object.entries(rename).find(([, to]) => to === name);
  return dialect.identifier(renamed?.[0] ?? name);
}

/** A TIMESTAMP WITH TIME ZONE, cast, is UTC, as it will be in staging. */
function cursorExpression({ column, unit }: CursorDefinition): string {
  const name = dialect.identifier(column);
  return unit === 'timestamp' ? `cast(${name} as timestamp)` : name;
}

function cursorLiteral({ unit }: CursorDefinition, value: CursorValue): string {
  if (unit === 'timestamp') return dialect.timestamp(value);
  return /^-?\d+(\.\d+)?$/.test(value) ? value : dialect.literal(value);
}

function castTo(type: ColumnType, expression: string): string {
  if (type.kind === 'json') {
    // JSON keeps its spelling: to_json would write 1.10 as 1.1, and a long number rounded.
    const text = `cast(${expression} as varchar)`;
    return `case when typeof(${expression}) = 'JSON' then ${text} else cast(to_json(${expression}) as varchar) end`;
  }
  if (type.kind !== 'time') return `cast(${expression} as ${dialect.columnType(type, false)})`;
  // With six decimals, so that equal times are equal texts.
  const time = `cast(${expression} as varchar)`;
  return `rpad(${time} || case when length(${time}) = 8 then '.' else '' end, 15, '0')`;
}
