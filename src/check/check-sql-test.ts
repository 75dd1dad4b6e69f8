/** Plans a data test that is a SQL file of its own. */
import type { SqlTest } from '../pipeline/data-test.js';
import { renderSqlTest } from '../transform/data-tests.js';
import { describeModelSql } from '../transform/model-sql.js';
import type { EmptyWarehouseRequest } from './empty-warehouse.js';
import type { Findings } from './findings.js';
import { problemOf } from './sql-problem.js';

const anyMoment = '2000-01-01 00:00:00';

export async function checkSqlTest(
  { session, engine, config, definitions }: EmptyWarehouseRequest,
  findings: Findings,
  table: string,
  test: SqlTest,
): Promise<void> {
  if (!test.reads.every((name) => findings.tables.has(name))) return;
  const environment = { macros: definitions.macros, vars: config.vars, dialect: engine.dialect };
  try {
    const names = { physical: (name: string) => name, asOf: anyMoment, timezone: config.timezone };
    const rendered = renderSqlTest({ engine, environment, ...names }, test);
    await describeModelSql(session, engine, { name: table, table }, rendered, `select * from (${rendered.sql}\n) f`);
  } catch (thrown) {
    findings.problems.push(problemOf(thrown, test.where));
  }
}
