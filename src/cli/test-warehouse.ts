/** Runs the data tests of published tables in a session that cannot write, and prints what they found. */
import { paintFor } from '../report/paint.js';
import { countsOf, formatTests, plainResult } from '../report/tests.js';
import { testPublished } from '../run/test-published.js';
import { chosenTables } from './chosen-tables.js';
import { printData, printJson, say } from './common.js';
import { exitCodes } from './exit.js';
import type { TestArguments } from './test.js';
import { withReader } from './warehouse.js';
import { withProject } from './with-project.js';

/** The exit code: tests that only warn are no failure. */
export function testWarehouse(flags: TestArguments): Promise<number> {
  return withProject(flags, async ({ config, project }) => {
    const select = [...(flags.tables ?? []), ...(flags.select ?? [])];
    const tables = await chosenTables({ ...flags, select }, config, project);
    const results = await withReader(config, (session, engine) =>
      testPublished(session, engine, project, tables, config),
    );
    const { columns: width = Number.POSITIVE_INFINITY } = process.stdout;
    if (flags.json) printJson(results.map(plainResult));
    else if (results.length > 0) printData(formatTests(results, width, paintFor(process.stdout)));
    if (!flags.quiet) say(countsOf(results));
    return results.some(({ status }) => status === 'failed') ? exitCodes.failed : exitCodes.ok;
  });
}
