/** Data tests: each is a query whose rows are the failures. */
import type { Dialect, Session } from '../engines/contract.js';
import type { ResultRow } from '../engines/types.js';
import { quoted } from '../load/sql.js';
import type { DataTest } from '../pipeline/types.js';
import type { PhysicalName } from './work.js';

export interface TestResult {
  readonly test: DataTest;
  /** `unique (message_id)`, as reports name it. */
  readonly title: string;
  readonly rowsFailed: number;
  /** A few of the failing rows. */
  readonly sample: readonly ResultRow[];
}

const sampleRows = 5;

/** Runs one test against a table. */
export async function runDataTest(
  session: Session,
  dialect: Dialect,
  table: string,
  test: DataTest,
  physical: PhysicalName,
): Promise<TestResult> {
  const select = failingRows(dialect, dialect.identifier(physical(table)), test, physical);
  const [count] = await session.query(`select count(*) as n from (${select}) f`);
  const rowsFailed = Number(count?.n ?? 0);
  const sample = rowsFailed === 0 ? [] : await session.query(`${select} limit ${sampleRows}`);
  return { test, title: testTitle(test), rowsFailed, sample };
}

export function testTitle(test: DataTest): string {
  switch (test.kind) {
    case 'unique':
    case 'not_null':
      return `${test.kind} (${test.columns.join(', ')})`;
    case 'accepted_values':
      return `accepted_values (${test.column})`;
    case 'relationship':
      return `relationship (${test.column} to ${test.toTable}.${test.toColumn})`;
  }
}

/** The select of a test's failing rows; golden-tested. `relation`: quoted, the table or some of its rows. */
export function failingRows(dialect: Dialect, relation: string, test: DataTest, physical: PhysicalName): string {
  const id = dialect.identifier;
  const from = `from ${relation} t`;
  const limited = test.filter === undefined ? '' : ` and (${test.filter})`;
  switch (test.kind) {
    case 'unique': {
      const list = quoted(dialect, test.columns);
      const present = test.columns.map((column) => `${id(column)} is not null`).join(' and ');
      return `select ${list}, count(*) as etl_times ${from} where ${present}${limited} group by ${list} having count(*) > 1`;
    }
    case 'not_null':
      return `select * ${from} where (${test.columns.map((column) => `${id(column)} is null`).join(' or ')})${limited}`;
    case 'accepted_values':
      return `select * ${from} where ${id(test.column)} not in (${test.values.map(dialect.literal).join(', ')})${limited}`;
    case 'relationship': {
      const target = id(physical(test.toTable));
      const column = id(test.column);
      return `select * ${from} where ${column} is not null${limited} and not exists (select 1 from ${target} r where r.${id(test.toColumn)} = t.${column})`;
    }
  }
}
