/** Plans the data tests of a step, once all tables that they look into are there. */
import type { DataTest } from '../pipeline/data-test.js';
import type { Definition } from '../pipeline/parse.js';
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
    const { where, expression } = conditionsOf(test);
    for (const [key, condition] of Object.entries({ where, expression })) {
      if (condition === undefined) continue;
      try {
        await session.describe(`select 1 from ${engine.dialect.identifier(step.table)} t where (${condition})`);
      } catch (thrown) {
        findings.problems.push(problemOf(thrown, definition.valueAt('tests', index, key)));
      }
    }
  }
}

/** By the key of the YAML that holds it. */
function conditionsOf(test: DataTest): Readonly<Record<'where' | 'expression', string | undefined>> {
  return { where: test.filter, expression: test.kind === 'expression' ? test.condition : undefined };
}
