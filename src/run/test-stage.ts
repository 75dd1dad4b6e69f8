/** Runs the data tests that what changed could break, inside the transaction that changed it. */
import type { Session } from '../engines/contract.js';
import { EtlError } from '../errors.js';
import type { TestFailure } from '../journal/write.js';
import { isGivenByKey } from '../pipeline/keys.js';
import { testedTables, testsOf } from '../pipeline/tests-of.js';
import type { DataTest } from '../pipeline/types.js';
import { runDataTest, type TestResult } from '../transform/data-tests.js';
import type { StepOutcome } from './apply-step.js';
import type { RunContext } from './context.js';
import type { StepReport } from './events.js';
import type { Targets } from './targets.js';

/** Thrown for blocking tests: it carries the failures, since their rows are journaled after the rollback. */
export class TestsFailed extends EtlError {
  readonly failures: readonly TestFailure[];

  constructor(step: string, results: readonly TestResult[], failures: readonly TestFailure[]) {
    const titles = results.map(({ title, rowsFailed }) => `${title}: ${rowsFailed} rows`);
    super('TEST_FAILED', `${step}: ${titles.join('; ')}`, {
      step,
      where: results[0]?.test.where,
      hint: 'the failing rows are in etl_test_failures; nothing was published',
    });
    this.failures = failures;
  }
}

/**
 * A test of two tables is run with the one that this run publishes last, so that it sees both as they will be.
 * The failures of tests that only warn. Errors: TestsFailed, at the first step whose blocking tests find rows.
 */
export async function testSteps(
  context: RunContext,
  session: Session,
  targets: Targets,
  outcomes: readonly StepOutcome[],
): Promise<readonly TestFailure[]> {
  const here = new Set(outcomes.map(({ report }) => report.step));
  const changed = new Set([
    ...context.reports.filter(hasMoved).map(({ step }) => step),
    ...outcomes.filter(isChanged).map(({ report }) => report.step),
  ]);
  const planned = new Set(context.plan.steps.map(({ step }) => step));
  const ended = new Set(context.reports.map(({ step }) => step));
  const isThere = (table: string) =>
    here.has(table) || (context.state.tables.has(table) && (ended.has(table) || !planned.has(table)));
  const warned: TestFailure[] = [];
  for (const { step } of context.plan.steps) {
    const tests = testsOf(context.project, step).filter((test) => {
      if (isGivenByKey(context.project, step, test)) return false;
      const tables = testedTables(step, test);
      return tables.some((it) => here.has(it)) && tables.every(isThere) && tables.some((it) => changed.has(it));
    });
    warned.push(...(await testStep(context, session, targets, step, tests)));
  }
  return warned;
}

async function testStep(
  context: RunContext,
  session: Session,
  targets: Targets,
  step: string,
  tests: readonly DataTest[],
): Promise<readonly TestFailure[]> {
  const failed: TestResult[] = [];
  for (const test of tests) {
    const result = await runDataTest(session, context.engine.dialect, step, test, targets.physical);
    if (result.rowsFailed === 0) continue;
    failed.push(result);
    const { title, rowsFailed } = result;
    context.emit({ type: 'test-failed', step, test: title, severity: test.severity, rows: rowsFailed });
  }
  const failures = failed.map((result) => failureOf(context.runId, step, result));
  const blocking = failed.filter(({ test }) => test.severity === 'error');
  if (blocking.length > 0) throw new TestsFailed(step, blocking, failures);
  return failures;
}

function isChanged({ report, state }: StepOutcome): boolean {
  return state !== undefined || hasMoved(report);
}

function hasMoved(report: StepReport): boolean {
  return report.rowsInserted + report.rowsUpdated + report.rowsDeleted > 0;
}

function failureOf(runId: string, step: string, { test, title, rowsFailed, sample }: TestResult): TestFailure {
  const asJson = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
  return {
    runId,
    step,
    test: title,
    severity: test.severity,
    rowsFailed,
    sample: JSON.stringify(sample, asJson),
  };
}
