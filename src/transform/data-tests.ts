/** Runs data tests. */
import type { Engine, Session } from '../engines/contract.js';
import type { ResultRow } from '../engines/types.js';
import { EtlError } from '../errors.js';
import type { AtMost, ChangeTest, FreshnessTest, SqlTest } from '../pipeline/data-test.js';
import type { DataTest } from '../pipeline/types.js';
import { renderTemplate } from '../template/render.js';
import type { Rendered, TemplateEnvironment } from '../template/types.js';
import { changingValue, failingRows, staleRows } from './failing-rows.js';
import { queryModelSql } from './model-sql.js';
import type { PhysicalName } from './work.js';

export interface TestResult {
  readonly test: DataTest;
  /** `unique (message_id)`, as reports name it. */
  readonly title: string;
  readonly rowsFailed: number;
  /** No row failed, or no more than `at_most` lets. */
  readonly isPassed: boolean;
  /** A few of the failing rows. */
  readonly sample: readonly ResultRow[];
  /** Of a `change` test: what the next run compares with. */
  readonly value?: number;
}

/** What tests are run by. */
export interface TestedIn {
  readonly session: Session;
  readonly engine: Engine;
  readonly environment: TemplateEnvironment;
  readonly physical: PhysicalName;
  /** `YYYY-MM-DD HH:MM:SS` in the analytic zone. */
  readonly asOf: string;
  readonly timezone: string;
}

const sampleRows = 5;

/** Runs one test against a table. */
export async function runDataTest(
  tested: TestedIn,
  table: string,
  test: Exclude<DataTest, ChangeTest>,
): Promise<TestResult> {
  if (test.kind === 'sql') return runSqlTest(tested, table, test);
  const { session, engine, physical } = tested;
  const { dialect } = engine;
  const relation = dialect.identifier(physical(table));
  const select =
    test.kind === 'freshness'
      ? await staleSelect(tested, relation, test)
      : failingRows(dialect, relation, test, physical);
  const [count] = await session.query(`select count(*) as n from (${select}) f`);
  const rowsFailed = Number(count?.n ?? 0);
  const sample = rowsFailed === 0 ? [] : await session.query(`${select} limit ${sampleRows}`);
  const isPassed = rowsFailed === 0 || (await isTolerated(session, relation, test, rowsFailed));
  return { test, title: testTitle(test), rowsFailed, isPassed, sample };
}

async function isTolerated(
  session: Session,
  relation: string,
  { atMost, filter }: DataTest,
  rowsFailed: number,
): Promise<boolean> {
  if (atMost === undefined) return false;
  if ('rows' in atMost) return rowsFailed <= atMost.rows;
  const limited = filter === undefined ? '' : ` where (${filter})`;
  const [count] = await session.query(`select count(*) as n from ${relation} t${limited}`);
  // 0.57 times 10,000 is a little less than 5,700 to a computer.
  return rowsFailed * 100 <= atMost.percent * Number(count?.n ?? 0) * (1 + 1e-12);
}

async function staleSelect(
  { session, engine, asOf, timezone }: TestedIn,
  relation: string,
  test: FreshnessTest,
): Promise<string> {
  const { dialect } = engine;
  const [column] = await session.describe(`select ${dialect.identifier(test.column)} from ${relation}`);
  return staleRows(dialect, relation, test, { isDay: column?.type.kind === 'date', asOf, timezone });
}

/** Errors: MODEL_SQL at the line of the test's file. */
async function runSqlTest(tested: TestedIn, table: string, test: SqlTest): Promise<TestResult> {
  const { session, engine } = tested;
  const rendered = renderSqlTest(tested, test);
  const from = `from (${rendered.sql}\n) f`;
  const query = (statement: string) => queryModelSql(session, engine, { name: table, table }, rendered, statement);
  const [count] = await query(`select count(*) as n ${from}`);
  const rowsFailed = Number(count?.n ?? 0);
  const sample = rowsFailed === 0 ? [] : await query(`select * ${from} limit ${sampleRows}`);
  return { test, title: testTitle(test), rowsFailed, isPassed: rowsFailed === 0, sample };
}

/** The SQL of a test's file. */
export function renderSqlTest(
  { engine, environment, physical, asOf, timezone }: Omit<TestedIn, 'session'>,
  { template, file }: SqlTest,
): Rendered {
  if (template === undefined) throw new EtlError('INTERNAL', `${file} was not read`);
  const name = (table: string) => engine.dialect.identifier(physical(table));
  return renderTemplate(template, environment, { ref: name, delta: name, asOf, timezone });
}

/** Runs a `change` test against a table. `before`: undefined where no run has looked; anything passes then. */
export async function runChangeTest(
  { session, engine, physical, timezone }: TestedIn,
  table: string,
  test: ChangeTest,
  before: number | undefined,
): Promise<TestResult> {
  const { dialect } = engine;
  const select = changingValue(dialect, dialect.identifier(physical(table)), test, timezone);
  const [row] = await session.query(select);
  const value = Number(row?.etl_value ?? 0);
  const isPassed = before === undefined || differsLittle(before, value, test.atMost);
  const sample = isPassed ? [] : [{ etl_before: before, etl_now: value }];
  return { test, title: testTitle(test), rowsFailed: sample.length, isPassed, sample, value };
}

/** Of nothing there is no share: what was 0 may become anything. */
function differsLittle(before: number, value: number, atMost: AtMost | undefined): boolean {
  const difference = Math.abs(value - before);
  if (atMost === undefined || 'rows' in atMost) return difference <= (atMost?.rows ?? 0);
  return before === 0 || difference * 100 <= atMost.percent * Math.abs(before) * (1 + 1e-12);
}

const longestText = 60;

/** A user's SQL in a title. */
function shortened(sql: string): string {
  const text = sql.trim().replace(/\s+/g, ' ');
  return text.length <= longestText ? text : `${text.slice(0, longestText - 1)}…`;
}

export function testTitle(test: DataTest): string {
  switch (test.kind) {
    case 'unique':
    case 'not_null':
      return `${test.kind} (${test.columns.join(', ')})`;
    case 'accepted_values':
    case 'range':
    case 'freshness':
      return `${test.kind} (${test.column})`;
    case 'expression':
      return `expression (${shortened(test.condition)})`;
    case 'change':
      return `change (${shortened(test.metric)})`;
    case 'relationship':
      return `relationship (${test.column} to ${test.toTable}.${test.toColumn})`;
    case 'sql':
      return `sql (${test.file})`;
    case 'row_count':
      return 'row_count';
    case 'no_gaps':
      return `no_gaps (${[test.column, ...(test.per.length === 0 ? [] : [`per ${test.per.join(', ')}`])].join(' ')})`;
  }
}
