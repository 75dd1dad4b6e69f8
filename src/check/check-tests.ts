/** Plans the data tests of a step, once all tables that they look into are there. */
import { errorAt } from '../config/problems.js';
import { formatType } from '../engines/type-text.js';
import type { ColumnType } from '../engines/types.js';
import type { DataTest } from '../pipeline/data-test.js';
import type { Definition } from '../pipeline/parse.js';
import { checkSqlTest } from './check-sql-test.js';
import { type EmptyWarehouseRequest, isOwnEngine } from './empty-warehouse.js';
import type { Findings } from './findings.js';
import { problemOf } from './sql-problem.js';
import { testColumnRules } from './test-columns.js';

export async function checkTests(
  request: EmptyWarehouseRequest,
  findings: Findings,
  definition: Definition,
): Promise<void> {
  const { session, engine } = request;
  const { step } = definition;
  if (!findings.tables.has(step.table)) return;
  for (const [index, test] of step.tests.entries()) {
    const problems = testColumnRules(definition, test, index, findings.tables);
    findings.problems.push(...problems);
    // Without conditions of its own a test is made of the columns that were looked for.
    if (problems.length > 0 || !isOwnEngine(request)) continue;
    const sqlTest = request.definitions.sqlTests.get(test);
    if (sqlTest !== undefined) await checkSqlTest(request, findings, step.table, sqlTest);
    for (const { key, select, isNumber } of ownSql(test, engine.dialect.identifier(step.table))) {
      const place = definition.valueAt('tests', index, key);
      try {
        const [first] = await session.describe(select);
        if (isNumber && first !== undefined && !numeric.includes(first.type.kind))
          findings.problems.push(errorAt(place, `'${key}' must be a number, but is ${formatType(first.type)}`));
      } catch (thrown) {
        findings.problems.push(problemOf(thrown, place));
      }
    }
  }
}

const numeric: readonly ColumnType['kind'][] = ['integer', 'decimal', 'float', 'double'];

/** What the user wrote, by the key of the YAML that holds it. */
function ownSql(
  test: DataTest,
  table: string,
): readonly { readonly key: string; readonly select: string; readonly isNumber: boolean }[] {
  const condition = (key: string, sql: string | undefined) =>
    sql === undefined ? [] : [{ key, select: `select 1 from ${table} t where (${sql})`, isNumber: false }];
  // Beside a count what is no aggregate is refused.
  const metric = (sql: string) => [
    { key: 'change', select: `select (${sql}), count(*) from ${table} t`, isNumber: true },
  ];
  return [
    ...condition('where', test.filter),
    ...(test.kind === 'expression' ? condition('expression', test.condition) : []),
    ...(test.kind === 'change' ? metric(test.metric) : []),
  ];
}
