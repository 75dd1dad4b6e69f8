/** Runs data tests over published tables, without a run. */
import type { Config } from '../config/types.js';
import type { Engine, Session } from '../engines/contract.js';
import type { ResultRow } from '../engines/types.js';
import type { ChangeTest } from '../pipeline/data-test.js';
import { testedTables, testsOf } from '../pipeline/tests-of.js';
import type { DataTest, Project } from '../pipeline/types.js';
import { runDataTest, type TestedIn, testTitle } from '../transform/data-tests.js';
import { asOfText } from './clock.js';

export interface PublishedTestResult {
  readonly table: string;
  /** `unique (message_id)`, as reports name it. */
  readonly test: string;
  /** `skipped`: a table that it looks into is not loaded yet, or only a run can tell. */
  readonly status: 'passed' | 'warned' | 'failed' | 'skipped';
  readonly rowsFailed: number;
  /** A few of the failing rows. */
  readonly sample: readonly ResultRow[];
  /** Why it was skipped. */
  readonly reason: string | undefined;
}

/** The tests of these tables, in their order. */
export async function testPublished(
  session: Session,
  engine: Engine,
  project: Project,
  tables: readonly string[],
  config: Config,
): Promise<readonly PublishedTestResult[]> {
  const relations = await session.relations();
  const { timezone, vars } = config;
  const testedIn = {
    session,
    engine,
    environment: { macros: project.macros, vars, dialect: engine.dialect },
    physical: (name: string) => name,
    asOf: asOfText(new Date(), timezone),
    timezone,
  };
  const results: PublishedTestResult[] = [];
  for (const table of tables) {
    for (const test of testsOf(project, table)) {
      const missing = testedTables(table, test).find((name) => !relations.has(name));
      if (missing !== undefined) results.push(skipped(table, test, `${missing} is not loaded yet`));
      else if (test.kind === 'change') results.push(skipped(table, test, 'runs compare with the run before'));
      else results.push(await tested(testedIn, table, test));
    }
  }
  return results;
}

async function tested(
  testedIn: TestedIn,
  table: string,
  test: Exclude<DataTest, ChangeTest>,
): Promise<PublishedTestResult> {
  const { title, rowsFailed, isPassed, sample } = await runDataTest(testedIn, table, test);
  const worst = test.severity === 'error' ? 'failed' : 'warned';
  return { table, test: title, status: isPassed ? 'passed' : worst, rowsFailed, sample, reason: undefined };
}

function skipped(table: string, test: DataTest, reason: string): PublishedTestResult {
  return { table, test: testTitle(test), status: 'skipped', rowsFailed: 0, sample: [], reason };
}
