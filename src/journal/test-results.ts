/** What each data test found when its tables last changed: a table that passed then needs only its changed rows looked at. */
import type { Dialect, Session } from '../engines/contract.js';
import { integer, optionalDouble, text } from './cells.js';
import { insertRows } from './insert.js';
import { newest } from './read.js';
import { testResultTable } from './tables.js';

export interface TestFinding {
  readonly step: string;
  /** Hash of the test's definition. */
  readonly test: string;
  /** The run that looked. */
  readonly batch: number;
  readonly rowsFailed: number;
  /** Of a `change` test: what the next run compares with. */
  readonly value: number | undefined;
}

export async function readTestFindings(session: Session, dialect: Dialect): Promise<readonly TestFinding[]> {
  const rows = await session.query(newest(dialect, testResultTable, ['step', 'test']));
  return rows.map((row) => ({
    step: text(row, 'step'),
    test: text(row, 'test'),
    batch: integer(row, 'batch'),
    rowsFailed: integer(row, 'rows_failed'),
    value: optionalDouble(row, 'value'),
  }));
}

/** In the transaction of the data that was tested. */
export async function insertTestFindings(
  session: Session,
  dialect: Dialect,
  findings: readonly TestFinding[],
): Promise<void> {
  const rows = findings.map(({ step, test, batch, rowsFailed, value }) => ({
    step,
    test,
    batch,
    rows_failed: rowsFailed,
    value: value ?? null,
  }));
  await insertRows(session, dialect, testResultTable, rows);
}
