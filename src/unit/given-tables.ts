/** The tables that a test gives rows of, in a database of their own: what the chat database is to a run. */
import { definitionError, errorAt } from '../config/problems.js';
import type { Dialect, Session } from '../engines/contract.js';
import { EtlError } from '../errors.js';
import type { Project } from '../pipeline/types.js';
import { cellProblems, rowsInSql } from './cells.js';
import { keyProblems, unknownColumns } from './columns.js';
import { withGivenComputed } from './computed-columns.js';
import type { GivenShape } from './shapes.js';
import { type GivenRow, type GivenTable, namedColumns, type TableRows, type UnitTest } from './types.js';

export interface GivenDatabase {
  readonly session: Session;
  readonly dialect: Dialect;
  readonly shapes: ReadonlyMap<string, GivenShape>;
}

/** Makes the tables of a test, without rows; their shapes as they are then. */
export async function createTables(
  { session, dialect, shapes }: GivenDatabase,
  sources: Project['sources'],
  test: UnitTest,
): Promise<ReadonlyMap<string, GivenShape>> {
  const made = new Map<string, GivenShape>();
  for (const [table, shape] of shapes) {
    const columns = shape.columns.map((column) => ({ ...column, nullable: true }));
    await session.execute(dialect.createTable(shape.name, columns, []));
    const source = sources.get(table);
    made.set(table, source === undefined ? shape : await withGivenComputed(session, dialect, { test, source, shape }));
  }
  return made;
}

/** Rows change those with the same key or are new; of a table without a key they are all there are. Errors: DEFINITION. */
export async function giveRows(database: GivenDatabase, given: GivenTable): Promise<void> {
  const { session, dialect } = database;
  const shape = shapeOf(database, given);
  const table = dialect.identifier(shape.name);
  await refuseMistakes(database, given, shape);
  if (shape.key.length === 0) await session.execute(`delete from ${table}`);
  const isEmpty = (await session.query(`select 1 as found from ${table} limit 1`)).length === 0;
  const added: GivenRow[] = [];
  for (const row of given.rows) {
    if (isEmpty || !(await changeRow(database, shape, row))) added.push(withDefaults(row, given.defaults));
  }
  await insertRows(database, shape, { ...given, rows: added });
}

/** Removes rows by their keys. Errors: DEFINITION, also where one is not there. */
export async function removeRows(database: GivenDatabase, removed: TableRows): Promise<void> {
  const { session, dialect } = database;
  const shape = shapeOf(database, removed);
  if (shape.key.length === 0) {
    const hint = 'give the rows that are left';
    throw definitionError([errorAt(removed.where, `'${shape.name}' has no key to remove rows by`, hint)]);
  }
  await refuseMistakes(database, removed, shape);
  for (const row of removed.rows) {
    const sql = `delete from ${dialect.identifier(shape.name)} where ${matching(dialect, shape, row)}`;
    // What no run looks for stays in the warehouse: then it stays here too.
    const isFound = shape.deletesAreSeen
      ? (await session.execute(sql)) > 0
      : (await session.query(sql.replace(/^delete/, 'select 1 as found'))).length > 0;
    if (!isFound) throw definitionError([errorAt(row.where, `'${shape.name}' has no row with this key`)]);
  }
}

async function insertRows({ session, dialect }: GivenDatabase, shape: GivenShape, { rows }: TableRows): Promise<void> {
  const named = namedColumns(rows);
  const columns = shape.columns.filter(({ name }) => named.includes(name));
  if (rows.length === 0) return;
  const names = columns.map(({ name }) => dialect.identifier(name)).join(', ');
  const select = `select * from ${rowsInSql({ dialect, columns }, rows)}`;
  await session.execute(`insert into ${dialect.identifier(shape.name)} (${names}) ${select}`);
}

/** Updates the row with this key in the columns that are named; false where there is none. */
async function changeRow({ session, dialect }: GivenDatabase, shape: GivenShape, row: GivenRow): Promise<boolean> {
  if (shape.key.length === 0) return false;
  const columns = shape.columns.filter(({ name }) => row.cells.has(name));
  const assignments = columns.map(({ name }) => `${dialect.identifier(name)} = rows_given.${dialect.identifier(name)}`);
  const from = rowsInSql({ dialect, columns }, [row]);
  const sql = `update ${dialect.identifier(shape.name)} t set ${assignments.join(', ')} from ${from}`;
  return (await session.execute(`${sql} where ${matching(dialect, shape, row, 't.')}`)) > 0;
}

function matching(dialect: Dialect, { key, columns }: GivenShape, row: GivenRow, prefix = ''): string {
  const ofKey = columns.filter(({ name }) => key.includes(name));
  const conditions = ofKey.map((column) => {
    const name = dialect.identifier(column.name);
    return `${prefix}${name} = (select ${name} from ${rowsInSql({ dialect, columns: [column] }, [row])})`;
  });
  return conditions.join(' and ');
}

async function refuseMistakes(
  { session, dialect }: GivenDatabase,
  { where, rows, defaults }: TableRows & Partial<GivenTable>,
  { name, columns, key }: GivenShape,
): Promise<void> {
  const all = defaults === undefined ? rows : [...rows, { where, cells: defaults }];
  const problems = [...unknownColumns({ table: name, rows: all }, columns), ...keyProblems(rows, key)];
  if (problems.length > 0) throw definitionError(problems);
  const named = columns.filter((column) => namedColumns(all).includes(column.name));
  const misfits = await cellProblems({ session, dialect, columns: named }, all);
  if (misfits.length > 0) throw definitionError(misfits);
}

function shapeOf({ shapes }: GivenDatabase, { table }: TableRows): GivenShape {
  const shape = shapes.get(table);
  if (shape === undefined) throw new EtlError('INTERNAL', `no shape of ${table} is known`);
  return shape;
}

function withDefaults({ where, cells }: GivenRow, defaults: GivenRow['cells']): GivenRow {
  return { where, cells: new Map([...defaults, ...cells]) };
}
