/** Reads the runs of the journal and prints them. */
import { EtlError } from '../errors.js';
import { listRuns, listSteps } from '../journal/read.js';
import { journalVersionOf } from '../journal/tables.js';
import { formatHistory } from '../report/history.js';
import { paintFor } from '../report/paint.js';
import { printData, printJson } from './common.js';
import type { HistoryArguments } from './history.js';
import { withWarehouse } from './warehouse.js';
import { withProject } from './with-project.js';

export async function printHistory(flags: HistoryArguments): Promise<void> {
  const { limit, pipeline } = flags;
  if (!Number.isInteger(limit) || limit < 1) throw new EtlError('USAGE', '--limit must be a whole number above 0');
  const { runs, steps } = await withProject(flags, ({ config }) =>
    withWarehouse(config, async (session, dialect) => {
      if ((await journalVersionOf(session, dialect)) === undefined) return { runs: [], steps: [] };
      const found = await listRuns(session, dialect, { limit, pipeline });
      const ids = found.map(({ runId }) => runId);
      return { runs: found, steps: flags.steps ? await listSteps(session, dialect, ids) : [] };
    }),
  );
  if (flags.json) {
    printJson(
      runs.map((run) => (flags.steps ? { ...run, steps: steps.filter(({ runId }) => runId === run.runId) } : run)),
    );
  } else {
    printData(formatHistory(runs, flags.steps ? steps : undefined, paintFor(process.stdout)));
  }
}
