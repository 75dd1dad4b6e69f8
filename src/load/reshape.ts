/** What must change about a table's columns so that it takes rows of a new shape, and what cannot be changed in place. */
import type { Dialect, Session } from '../engines/contract.js';
import { formatType } from '../engines/type-text.js';
import type { Column } from '../engines/types.js';
import { EtlError } from '../errors.js';
import { type ColumnChange, type ColumnChanges, compareColumns } from './columns.js';
import type { TargetRequest } from './target.js';

export interface Reshape extends Pick<ColumnChanges, 'added' | 'dropped' | 'changed'> {
  /** The columns that the table has and keeps, in their new types. */
  readonly kept: readonly Column[];
  /** Those of `kept` that nothing gives any more. */
  readonly gone: readonly string[];
  /** True where rows lack values: of columns that are new, or that were gone and are there again. */
  readonly isWidened: boolean;
  /** Statements that widen types in place, and note which columns are gone. */
  readonly redefinitions: readonly string[];
}

export async function planReshape(
  session: Session,
  dialect: Dialect,
  request: TargetRequest,
  existing: readonly Column[],
): Promise<Reshape> {
  const { added, dropped, widened, changed } = compareColumns(existing, request.columns);
  const missed = await withValues(session, dialect, request.name, dropped);
  const staying = request.keepsGone === true ? missed : [];
  const wanted = new Map(request.columns.map((column) => [column.name, column]));
  const isReturned = ({ name, isGone }: Column) => isGone === true && wanted.has(name);
  const redefinitions = [
    ...widened.map((change) => ({ change, statement: redefinition(dialect, request, change) })),
    ...existing
      .filter((column) => isReturned(column) && !widened.some((change) => change.column.name === column.name))
      .map((column) => plainly(dialect, request, { ...column, isGone: false })),
    ...staying
      .filter(({ isGone }) => isGone !== true)
      .map((column) => plainly(dialect, request, { ...column, isGone: true })),
  ];
  const wider = new Map(widened.map(({ column }) => [column.name, column.type]));
  return {
    added,
    dropped: missed.filter((column) => !staying.includes(column)),
    changed: [...changed, ...redefinitions.flatMap(({ change, statement }) => (statement === undefined ? change : []))],
    kept: existing
      .filter((column) => wanted.has(column.name) || staying.includes(column))
      .map(({ name, type, nullable }) => ({ name, type: wider.get(name) ?? type, nullable })),
    gone: staying.map(({ name }) => name),
    isWidened: added.length > 0 || existing.some(isReturned),
    redefinitions: redefinitions.flatMap(({ statement }) => statement ?? []),
  };
}

function redefinition(dialect: Dialect, { name, key }: TargetRequest, { column, from }: ColumnChange) {
  return dialect.redefineColumn(name, { ...column, nullable: !key.includes(column.name) }, from);
}

/** Of a column whose type stays. */
function plainly(dialect: Dialect, request: TargetRequest, column: Column) {
  const change = { column, from: column.type };
  return { change, statement: redefinition(dialect, request, change) };
}

/** A column without any value counts for nothing: a run that failed may have left it. */
async function withValues(
  session: Session,
  dialect: Dialect,
  table: string,
  columns: readonly Column[],
): Promise<readonly Column[]> {
  const used: Column[] = [];
  for (const column of columns) {
    const found = await session.query(
      `select 1 as found from ${dialect.identifier(table)} where ${dialect.identifier(column.name)} is not null limit 1`,
    );
    if (found.length > 0) used.push(column);
  }
  return used;
}

/** The error of columns that are gone or whose types do not fit. */
export function incompatible(request: TargetRequest, { dropped, changed }: Reshape): EtlError {
  const gone = dropped.map((column) => `column '${column.name}' is gone`);
  const retyped = changed.map(
    ({ column, from }) => `column '${column.name}' was ${formatType(from)} and would be ${formatType(column.type)}`,
  );
  return new EtlError('SCHEMA_CHANGE', `${request.name}: ${[...gone, ...retyped].join('; ')}`, {
    where: request.where,
    hint: request.hint ?? 'run once with --full-refresh to build the table with its new columns',
  });
}

/** The error of a table whose key is another one. */
export function rekeyed(request: TargetRequest, oldKey: readonly string[]): EtlError {
  const message = `${request.name}: its key was (${oldKey.join(', ')}) and would be (${request.key.join(', ')})`;
  return new EtlError('SCHEMA_CHANGE', message, { where: request.where, hint: request.hint });
}
