/** Runs the data tests that what changed (or time) could break, inside the transaction that changed it. */
import type { Session } from '../engines/contract.js';
import { EtlError } from '../errors.js';
import { readTestFindings, type TestFinding } from '../journal/test-results.js';
import type { TestFailure } from '../journal/write.js';
import { isRowTest } from '../pipeline/data-test.js';
import { isGivenByKey } from '../pipeline/keys.js';
import { testedTables, testsOf } from '../pipeline/tests-of.js';
import type { DataTest } from '../pipeline/types.js';
import { holdsForChanges } from '../transform/changed-tests.js';
import { runChangeTest, runDataTest, type TestResult, testTitle } from '../transform/data-tests.js';
import type { StepOutcome } from './apply-step.js';
import type { RunContext } from './context.js';
import type { StepReport } from './events.js';
import type { Targets } from './targets.js';
import { findingKey, scopeOf, type TestSurroundings, testHash } from './test-scope.js';

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

/** What the tests of a transaction found. */
export interface TestFindings {
  /** The failures of tests that only warn. */
  readonly warned: readonly TestFailure[];
  readonly findings: readonly TestFinding[];
}

/**
 * A test of two tables is run with the one that this run publishes last, so that it sees both as they will be.
 * Errors: TestsFailed, at the first step whose blocking tests find rows.
 */
export async function testSteps(
  context: RunContext,
  session: Session,
  targets: Targets,
  outcomes: readonly StepOutcome[],
): Promise<TestFindings> {
  const due = dueTests(context, outcomes);
  const tested =
    due.size === 0 ? { warned: [], findings: [] } : await runTests(context, session, targets, outcomes, due);
  await targets.dropKept(session, context.engine.dialect);
  return tested;
}

async function runTests(
  context: RunContext,
  session: Session,
  targets: Targets,
  outcomes: readonly StepOutcome[],
  due: ReadonlyMap<string, readonly DataTest[]>,
): Promise<TestFindings> {
  const found = await readTestFindings(session, context.engine.dialect);
  const surroundings: TestSurroundings = {
    context,
    targets,
    outcomes: new Map(outcomes.map((outcome) => [outcome.report.step, outcome])),
    findings: new Map(found.map((finding) => [findingKey(finding.step, finding.test), finding])),
  };
  const warned: TestFailure[] = [];
  const findings: TestFinding[] = [];
  for (const [step, tests] of due) {
    const results = await testStep(surroundings, session, step, tests);
    warned.push(...judge(context, step, results));
    findings.push(
      ...results.map(({ test, rowsFailed, value }) => ({
        step,
        test: testHash(test),
        batch: context.batch,
        rowsFailed,
        value,
      })),
    );
  }
  return { warned, findings };
}

/** By step, in the order of the plan: the tests that what has changed could break, or that time could. */
function dueTests(context: RunContext, outcomes: readonly StepOutcome[]): ReadonlyMap<string, readonly DataTest[]> {
  const here = new Set(outcomes.map(({ report }) => report.step));
  const changed = new Set([
    ...context.reports.filter(hasMoved).map(({ step }) => step),
    ...outcomes.filter(isChanged).map(({ report }) => report.step),
  ]);
  const planned = new Set(context.plan.steps.map(({ step }) => step));
  const ended = new Set(context.reports.map(({ step }) => step));
  const isThere = (table: string) =>
    here.has(table) || (context.state.tables.has(table) && (ended.has(table) || !planned.has(table)));
  const due = context.plan.steps.map(({ step }) => {
    const tests = testsOf(context.project, step).filter((test) => {
      if (isGivenByKey(context.project, step, test)) return false;
      const tables = testedTables(step, test);
      const mayFail = test.kind === 'freshness' || tables.some((it) => changed.has(it));
      return mayFail && tables.some((it) => here.has(it)) && tables.every(isThere);
    });
    return [step, tests] as const;
  });
  return new Map(due.filter(([, tests]) => tests.length > 0));
}

async function testStep(
  surroundings: TestSurroundings,
  session: Session,
  step: string,
  tests: readonly DataTest[],
): Promise<readonly TestResult[]> {
  const { config, asOf, engine, environment } = surroundings.context;
  const { dialect } = engine;
  const { physical } = surroundings.targets;
  const tested = { session, engine, environment, physical, asOf, timezone: config.timezone };
  const results: TestResult[] = [];
  for (const test of tests) {
    const scope = scopeOf(surroundings, step, test);
    const holds =
      scope !== 'all' && isRowTest(test) && (await holdsForChanges(session, dialect, step, test, scope, physical));
    // What is told of a failure is told of the whole table.
    if (holds) results.push(passed(test));
    else if (test.kind === 'change') {
      const before = surroundings.findings.get(findingKey(step, testHash(test)))?.value;
      results.push(await runChangeTest(tested, step, test, before));
    } else results.push(await runDataTest(tested, step, test));
  }
  return results;
}

function passed(test: DataTest): TestResult {
  return { test, title: testTitle(test), rowsFailed: 0, isPassed: true, sample: [] };
}

/** The failures, where none of them blocks. Errors: TestsFailed. */
function judge(context: RunContext, step: string, results: readonly TestResult[]): readonly TestFailure[] {
  const failed = results.filter(({ isPassed }) => !isPassed);
  for (const { title, rowsFailed, test, sample } of failed) {
    context.emit({ type: 'test-failed', step, test: title, severity: test.severity, rows: rowsFailed, sample });
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
