/** Runs the unit tests of a project and prints what they found. */
import { definitionError, hasErrors } from '../config/problems.js';
import type { Config } from '../config/types.js';
import type { Project } from '../pipeline/types.js';
import { paintFor } from '../report/paint.js';
import { formatUnitResult, unitSummary } from '../report/unit-tests.js';
import { chooseTests } from '../unit/choose-tests.js';
import { readUnitTests } from '../unit/read-tests.js';
import type { UnitResult } from '../unit/run-test.js';
import { runUnitTests } from '../unit/run-tests.js';
import { printData, printJson, say } from './common.js';
import { exitCodes } from './exit.js';
import type { TestArguments } from './test.js';
import { withProject } from './with-project.js';

export type UnitTestFlags = Pick<TestArguments, 'root' | 'env' | 'json' | 'quiet' | 'tables'>;

/** The exit code. Errors: DEFINITION with all problems of the project and of the tests, USAGE, IO. */
export function unitTests(flags: UnitTestFlags): Promise<number> {
  return withProject(flags, ({ config, project }) => testProject(flags, config, project));
}

async function testProject(flags: UnitTestFlags, config: Config, project: Project): Promise<number> {
  const began = performance.now();
  const { tests, problems, texts } = readUnitTests(config.root, project);
  if (hasErrors(problems)) throw definitionError(problems);
  const chosen = chooseTests(tests, flags.tables ?? []);
  if (chosen.length === 0) {
    say('there are no unit tests: no file unit_tests/*.yaml');
    return exitCodes.ok;
  }
  const results = await runUnitTests(config, { tests: chosen, texts }, flags.json ? () => undefined : printer(flags));
  if (flags.json) printJson(results.map(plainResult));
  if (!flags.quiet) say(unitSummary(results, performance.now() - began));
  return results.every(({ status }) => status === 'passed') ? exitCodes.ok : exitCodes.failed;
}

/** Prints each result as it comes, below the name of its file; with `--quiet` those alone that did not pass. */
function printer({ quiet }: UnitTestFlags): (result: UnitResult) => void {
  const paint = paintFor(process.stdout);
  let file: string | undefined;
  return (result) => {
    if (quiet && result.status === 'passed') return;
    if (file !== result.test.file) printData(paint.bold(result.test.file));
    file = result.test.file;
    printData(formatUnitResult(result, paint).replace(/^(?=.)/gm, '  '));
  };
}

function plainResult({ test, status, durationMs, differences, problems, error }: UnitResult) {
  const { name, file, where } = test;
  return {
    name,
    file,
    line: where.line,
    status,
    durationMs: Math.round(durationMs),
    differences: differences.map(({ columns, ...difference }) => ({
      ...difference,
      columns: columns.map((column) => column.name),
    })),
    problems,
    error,
  };
}
