/** Columns that a source computes in its own SQL: computed here too where the engine can, else columns to be given. */
import type { Dialect, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { Source } from '../pipeline/types.js';
import type { GivenShape } from './shapes.js';
import { namedColumns, type UnitTest } from './types.js';

/** The shape of the source's made table, its columns that are not computed among them; these are added to the table. */
export async function withGivenComputed(
  session: Session,
  dialect: Dialect,
  { test, source, shape }: { readonly test: UnitTest; readonly source: Source; readonly shape: GivenShape },
): Promise<GivenShape> {
  const named = new Set(
    test.steps.flatMap(({ given }) => given.filter(({ table }) => table === source.table)).flatMap(columnsOf),
  );
  const given: Column[] = [];
  for (const column of shape.computed) {
    const expression = source.columns.add[column.name] ?? '';
    const isGiven = named.has(column.name) || !(await canCompute(session, dialect, shape.name, expression));
    if (isGiven) given.push({ ...column, nullable: true });
  }
  for (const column of given) await session.execute(dialect.addColumn(shape.name, column));
  return { ...shape, columns: [...shape.columns, ...given] };
}

function columnsOf({ rows, defaults }: UnitTest['steps'][number]['given'][number]): readonly string[] {
  return [...namedColumns(rows), ...defaults.keys()];
}

async function canCompute(session: Session, dialect: Dialect, table: string, expression: string): Promise<boolean> {
  try {
    await session.describe(`select (${expression}) as computed from ${dialect.identifier(table)} as source_rows`);
    return true;
  } catch {
    return false;
  }
}
