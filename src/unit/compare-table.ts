/** What a table holds after a run, against what a test expects of it. */
import { definitionError, errorAt } from '../config/problems.js';
import type { Dialect, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import { EtlError, type Place } from '../errors.js';
import type { Project } from '../pipeline/types.js';
import { castRows, cellProblems } from './cells.js';
import { unknownColumns } from './columns.js';
import { type Comparison, compareRows, type Row, type RowDifference } from './compare.js';
import { type ExpectedTable, namedColumns } from './types.js';

export interface TableDifference {
  readonly table: string;
  readonly where: Place;
  /** The step of the test, from 1; undefined where it has one alone. */
  readonly step: number | undefined;
  /** Those that are compared. */
  readonly columns: readonly Column[];
  readonly rows: readonly RowDifference[];
}

export interface PublishedTables {
  readonly session: Session;
  readonly dialect: Dialect;
  readonly project: Project;
}

/** Undefined where all is as expected. Errors: DEFINITION where the expected rows have mistakes. */
export async function compareTable(
  { session, dialect, project }: PublishedTables,
  expected: ExpectedTable,
): Promise<Omit<TableDifference, 'step'> | undefined> {
  const { table, where, rows } = expected;
  const found = await session.columns(table);
  if (found === undefined) throw new EtlError('INTERNAL', `${table} is not there after the run`);
  if (expected.isOrdered && found.kind !== 'view') {
    throw definitionError([errorAt(where, `'ordered' is for views: the table '${table}' has no order`)]);
  }
  const unknown = unknownColumns(expected, found.columns);
  if (unknown.length > 0) throw definitionError(unknown);
  const named = namedColumns(rows);
  // Of rows that are not expected, all columns are of interest.
  const columns = rows.length === 0 ? found.columns : found.columns.filter(({ name }) => named.includes(name));
  const misfits = await cellProblems({ session, dialect, columns }, rows);
  if (misfits.length > 0) throw definitionError(misfits);
  const actual = await readTable(session, dialect, table, columns);
  const wanted = await castRows({ session, dialect, columns }, rows);
  const differences = compareRows(wanted, actual, comparisonOf(expected, columns, keyOf(project, table)));
  return differences.length === 0 ? undefined : { table, where, columns, rows: differences };
}

async function readTable(
  session: Session,
  dialect: Dialect,
  table: string,
  columns: readonly Column[],
): Promise<readonly Row[]> {
  const names = columns.map(({ name }) => dialect.identifier(name));
  const rows = await session.query(`select ${names.join(', ')} from ${dialect.identifier(table)}`);
  return rows.map((row) => columns.map(({ name }) => row[name] ?? null));
}

function comparisonOf(
  { isOrdered, tolerance }: ExpectedTable,
  columns: readonly Column[],
  key: readonly string[],
): Comparison {
  const positions = key.map((name) => columns.findIndex((column) => column.name === name));
  const doubles = columns.flatMap(({ type }, index) => (['double', 'float'].includes(type.kind) ? [index] : []));
  return { isOrdered, tolerance, doubles: new Set(doubles), key: positions.includes(-1) ? [] : positions };
}

function keyOf({ models, sources }: Project, table: string): readonly string[] {
  const model = models.get(table)?.model;
  // A history has several rows of a key.
  if (model?.strategy === 'snapshot') return [];
  return model?.key ?? sources.get(table)?.key ?? [];
}
