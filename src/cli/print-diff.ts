/** Compares a model as it is defined now with what is published of it, and prints the differences. */
import { diffModel } from '../diff/diff-model.js';
import { EtlError } from '../errors.js';
import { formatDiff } from '../report/diff.js';
import { paintFor } from '../report/paint.js';
import { printData, printJson } from './common.js';
import type { DiffArguments } from './diff.js';
import { asOfFlag, tableOf } from './selection.js';
import { withReader } from './warehouse.js';
import { withProject } from './with-project.js';

export function printDiff(flags: DiffArguments): Promise<void> {
  const { examples: exampleCount, by } = flags;
  if (!Number.isInteger(exampleCount) || exampleCount < 0) {
    throw new EtlError('USAGE', '--examples must be a whole number');
  }
  const asOf = asOfFlag(flags.asOf);
  return withProject(flags, async ({ config, project }) => {
    const table = tableOf(flags.model, project);
    const compiled = project.models.get(table);
    if (compiled === undefined) {
      throw new EtlError('USAGE', `${table} is loaded from a source: nothing computes it`, {
        hint: '`chat-etl reconcile` compares it with its source',
      });
    }
    const diff = await withReader(config, (_, engine, reader) =>
      diffModel({ config, project, engine, reader, compiled, asOf, by, exampleCount }),
    );
    if (flags.json) printJson(diff);
    else printData(formatDiff(diff, paintFor(process.stdout)));
  });
}
