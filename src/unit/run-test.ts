/** Runs one unit test: each step is a run of the real thing, from given tables into a warehouse of its own. */
import { errorAt } from '../config/problems.js';
import type { Config } from '../config/types.js';
import type { Dialect, OpenSettings } from '../engines/contract.js';
import type { MemoryDatabase, MemoryDatabases } from '../engines/duckdb/memory-databases.js';
import { type Problem, toEtlError } from '../errors.js';
import type { Project } from '../pipeline/types.js';
import { asOfText } from '../run/clock.js';
import type { ErrorReport } from '../run/events.js';
import { run } from '../run/run.js';
import { compareTable, type TableDifference } from './compare-table.js';
import { createTables, giveRows, removeRows } from './given-tables.js';
import { momentInZone } from './moment.js';
import type { GivenShape } from './shapes.js';
import { testedProject } from './tested-project.js';
import type { UnitStep, UnitTest } from './types.js';

export interface UnitResult {
  readonly test: UnitTest;
  /** `broken`: it could not be run to its end. */
  readonly status: 'passed' | 'failed' | 'broken';
  readonly durationMs: number;
  readonly differences: readonly TableDifference[];
  /** Mistakes in the test's own rows. */
  readonly problems: readonly Problem[];
  /** What made its run fail. */
  readonly error: ErrorReport | undefined;
}

export interface TestedDefinitions {
  readonly config: Config;
  readonly project: Project;
  readonly dialect: Dialect;
  readonly databases: MemoryDatabases;
  /** What a warehouse begins as. */
  readonly template: MemoryDatabase;
  /** Of the tables that the test gives or that it leaves empty. */
  readonly shapes: ReadonlyMap<string, GivenShape>;
}

export async function runUnitTest(definitions: TestedDefinitions, test: UnitTest): Promise<UnitResult> {
  const began = performance.now();
  const { databases, template } = definitions;
  const given = await databases.create();
  const warehouse = await databases.create(template);
  try {
    const end = await runSteps(definitions, test, given, warehouse);
    return { test, differences: [], problems: [], error: undefined, ...end, durationMs: performance.now() - began };
  } finally {
    await given.drop();
    await warehouse.drop();
  }
}

type End = Pick<UnitResult, 'status'> & Partial<UnitResult>;

async function runSteps(
  definitions: TestedDefinitions,
  test: UnitTest,
  given: MemoryDatabase,
  warehouse: MemoryDatabase,
): Promise<End> {
  const { config, dialect } = definitions;
  const settings: OpenSettings = { timeoutMs: config.run.timeoutMs, label: 'chat-etl test' };
  const session = await given.session(settings);
  try {
    const empty = { session, dialect, shapes: definitions.shapes };
    const shapes = await createTables(empty, definitions.project.sources, test);
    const database = { ...empty, shapes };
    const project = testedProject(definitions.project, test, shapes);
    for (const [index, step] of test.steps.entries()) {
      for (const removed of step.removed) await removeRows(database, removed);
      for (const rows of step.given) await giveRows(database, rows);
      const error = await runOnce({ config, project, step, given, warehouse });
      if (error !== undefined) return { status: 'broken', error };
      const differences = await compareStep(definitions, project, step, warehouse, settings);
      const number = test.steps.length === 1 ? undefined : index + 1;
      // What comes after a wrong step would only echo it.
      if (differences.length > 0) {
        return { status: 'failed', differences: differences.map((it) => ({ ...it, step: number })) };
      }
    }
    return { status: 'passed' };
  } catch (thrown) {
    const error = toEtlError(thrown);
    const problems = error.problems.length > 0 ? error.problems : [errorAt(test.where, error.message, error.hint)];
    return { status: 'broken', problems };
  } finally {
    await session.close();
  }
}

interface RunRequest {
  readonly config: Config;
  readonly project: Project;
  readonly step: UnitStep;
  readonly given: MemoryDatabase;
  readonly warehouse: MemoryDatabase;
}

/** What made the run fail; undefined where it succeeded. */
async function runOnce({ config, project, step, given, warehouse }: RunRequest): Promise<ErrorReport | undefined> {
  const startedAt = momentInZone(step.now, (date) => asOfText(date, config.timezone));
  const report = await run({
    config,
    project,
    selection: { pipelines: [], withUpstreams: true, fullRefresh: false, reload: [] },
    trigger: 'test',
    asOf: step.now,
    clock: () => startedAt,
    databases: {
      openWarehouse: async (settings) => warehouse.asWarehouse(settings),
      openSource: async (_connection, settings) => given.asSource(settings),
    },
    signal: new AbortController().signal,
    onEvent: () => undefined,
  });
  return report.error;
}

async function compareStep(
  { dialect }: TestedDefinitions,
  project: Project,
  { expect }: UnitStep,
  warehouse: MemoryDatabase,
  settings: OpenSettings,
): Promise<readonly Omit<TableDifference, 'step'>[]> {
  const session = await warehouse.session(settings);
  try {
    const differences: Omit<TableDifference, 'step'>[] = [];
    for (const expected of expect) {
      const difference = await compareTable({ session, dialect, project }, expected);
      if (difference !== undefined) differences.push(difference);
    }
    return differences;
  } finally {
    await session.close();
  }
}
