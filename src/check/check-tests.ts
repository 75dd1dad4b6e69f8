/** Plans the data tests of a step, once all tables that they look into are there. */
import type { Definition } from '../pipeline/parse.js';
import { failingRows } from '../transform/data-tests.js';
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
    const isThere = test.kind !== 'relationship' || findings.tables.has(test.toTable);
    // Without a condition of its own a test is made of the columns that were looked for.
    if (problems.length > 0 || !isThere || test.filter === undefined || !isOwnEngine(request)) continue;
    try {
      await session.describe(
        failingRows(engine.dialect, engine.dialect.identifier(step.table), test, (table) => table),
      );
    } catch (thrown) {
      findings.problems.push(problemOf(thrown, definition.valueAt('tests', index, 'where')));
    }
  }
}
