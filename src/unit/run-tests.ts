/** Runs unit tests one after the other, in one DuckDB in memory that is opened once. */
import { errorAt, withSourceLines } from '../config/problems.js';
import type { Config } from '../config/types.js';
import type { Engine } from '../engines/contract.js';
import { type MemoryDatabase, MemoryDatabases } from '../engines/duckdb/memory-databases.js';
import { loadEngine } from '../engines/registry.js';
import type { Problem } from '../errors.js';
import { ensureJournal } from '../journal/migrations.js';
import { type CompiledProject, Compiler, configInMemory } from './definitions.js';
import { findShapes } from './known-shapes.js';
import type { UnitTests } from './read-tests.js';
import { runUnitTest, type UnitResult } from './run-test.js';
import type { GivenShape, KnownShape } from './shapes.js';
import { givenTables, neededTables } from './tested-project.js';
import type { UnitTest } from './types.js';

/** The engine in which the tests run, whatever that of the warehouse is. */
const engineName = 'duckdb';

/**
 * Each result is told as soon as it is known. Errors: DEFINITION where the project has mistakes, IO.
 * @param texts of the files that the tests stand in, for their lines
 */
export async function runUnitTests(
  config: Config,
  { tests, texts }: Pick<UnitTests, 'tests' | 'texts'>,
  onResult: (result: UnitResult) => void,
): Promise<readonly UnitResult[]> {
  const engine = await loadEngine(engineName);
  const databases = await MemoryDatabases.open(engine);
  try {
    const compiler = new Compiler(configInMemory(config, engine), engine);
    const known = await findShapes(await compiler.withVars({}), engine, databases, tests);
    const template = await withJournal(databases, engine, config.run.timeoutMs);
    const results: UnitResult[] = [];
    for (const test of tests) {
      const compiled = await compiler.withVars(test.vars);
      const { shapes, problems } = shapesFor(test, compiled, known);
      const raw: UnitResult =
        problems.length > 0
          ? { test, status: 'broken', durationMs: 0, differences: [], problems, error: undefined }
          : await runUnitTest({ ...compiled, dialect: engine.dialect, databases, template, shapes }, test);
      const result = { ...raw, problems: withSourceLines(raw.problems, texts) };
      results.push(result);
      onResult(result);
    }
    return results;
  } finally {
    await databases.close();
  }
}

/** What every warehouse begins as: made once and copied. */
async function withJournal(databases: MemoryDatabases, engine: Engine, timeoutMs: number): Promise<MemoryDatabase> {
  const template = await databases.create();
  const session = await template.session({ timeoutMs, label: 'chat-etl test' });
  await ensureJournal(session, engine.dialect);
  await session.close();
  return template;
}

/** Of what a test gives, and of the sources that it leaves empty. */
function shapesFor(
  test: UnitTest,
  { project }: CompiledProject,
  known: ReadonlyMap<string, KnownShape>,
): { readonly shapes: ReadonlyMap<string, GivenShape>; readonly problems: readonly Problem[] } {
  const given = givenTables(test);
  const shapes = new Map<string, GivenShape>();
  const problems: Problem[] = [];
  for (const table of neededTables(project, test)) {
    if (!given.has(table) && !project.sources.has(table)) continue;
    const found = known.get(table) ?? { missing: 'nobody asked for them' };
    if ('shape' in found) shapes.set(table, found.shape);
    else problems.push(errorAt(test.where, `the columns of '${table}' are not known: ${found.missing}`));
  }
  return { shapes, problems };
}
