/** Data tests over changed rows alone: of a table that passed a test before, only these can fail it now. */
import type { Dialect, Session } from '../engines/contract.js';
import type { RowTest } from '../pipeline/data-test.js';
import { failingRows } from './failing-rows.js';
import type { PhysicalName } from './work.js';

/** What a test has to look at. */
export interface ChangedRows {
  /** Scratch table of the rows that changed; undefined where none did. */
  readonly rows: string | undefined;
  /** Scratch table of the values that are gone where a `relationship` test points; undefined where none is. */
  readonly lostTargets: { readonly removed: string; readonly column: string } | undefined;
}

/** True where no changed row fails the test, nor any that points at what is gone. */
export async function holdsForChanges(
  session: Session,
  dialect: Dialect,
  table: string,
  test: RowTest,
  changed: ChangedRows,
  physical: PhysicalName,
): Promise<boolean> {
  for (const relation of changedRelations(dialect, physical(table), test, changed)) {
    const [failing] = await session.query(`${failingRows(dialect, relation, test, physical)} limit 1`);
    if (failing !== undefined) return false;
  }
  return true;
}

function changedRelations(
  dialect: Dialect,
  table: string,
  test: RowTest,
  { rows, lostTargets }: ChangedRows,
): readonly string[] {
  const relations = rows === undefined ? [] : [dialect.scratchTable(rows)];
  if (test.kind !== 'relationship' || lostTargets === undefined) return relations;
  const id = dialect.identifier;
  const lost = `select r.${id(lostTargets.column)} from ${dialect.scratchTable(lostTargets.removed)} r`;
  return [...relations, `(select u.* from ${id(table)} u where u.${id(test.column)} in (${lost}))`];
}
