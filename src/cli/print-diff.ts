/** Compares models as they are defined now with what is published of them, and prints the differences. */
import type { Config } from '../config/types.js';
import { diffModel } from '../diff/diff-model.js';
import type { ModelDiff } from '../diff/types.js';
import type { Session } from '../engines/contract.js';
import { EtlError } from '../errors.js';
import type { CompiledModel, Project } from '../pipeline/types.js';
import { formatDiff } from '../report/diff.js';
import { paintFor } from '../report/paint.js';
import { chosenTables } from './chosen-tables.js';
import { printData, printJson, say } from './common.js';
import type { DiffArguments } from './diff.js';
import { asOfFlag } from './selection.js';
import { withReader } from './warehouse.js';
import { withProject } from './with-project.js';

export function printDiff(flags: DiffArguments): Promise<void> {
  const { examples: exampleCount, by } = flags;
  if (!Number.isInteger(exampleCount) || exampleCount < 0) {
    throw new EtlError('USAGE', '--examples must be a whole number');
  }
  const asOf = asOfFlag(flags.asOf);
  return withProject(flags, async ({ config, project }) => {
    const models = await chosenModels(flags, config, project);
    if (models.length === 0) say('no definition of a model has changed since its last success');
    const diffs = await withReader(config, async (session, engine, reader) => {
      const found: ModelDiff[] = [];
      for (const compiled of await publishedOnes(models, session)) {
        found.push(await diffModel({ config, project, engine, reader, compiled, asOf, by, exampleCount }));
      }
      return found;
    });
    if (flags.json) printJson(diffs);
    else if (diffs.length > 0) printData(diffs.map((diff) => formatDiff(diff, paintFor(process.stdout))).join('\n\n'));
  });
}

/** Those of the flags, or those that changed. Errors: USAGE where they name no model. */
async function chosenModels(flags: DiffArguments, config: Config, project: Project): Promise<readonly CompiledModel[]> {
  const named = [...(flags.models ?? []), ...(flags.select ?? [])];
  const select = named.length === 0 && flags.pipeline === undefined ? ['changed'] : named;
  const tables = await chosenTables({ ...flags, select }, config, project);
  const models = tables.flatMap((table) => project.models.get(table) ?? []);
  if (models.length > 0 || tables.length === 0 || named.length === 0) return models;
  throw new EtlError('USAGE', `${tables.join(', ')}: nothing computes what is loaded from a source`, {
    hint: '`chat-etl reconcile` compares it with its source',
  });
}

/** Of several those that can be compared; one alone is told by an error that it cannot. */
async function publishedOnes(models: readonly CompiledModel[], session: Session): Promise<readonly CompiledModel[]> {
  if (models.length < 2) return models;
  const published: CompiledModel[] = [];
  for (const compiled of models) {
    const { table } = compiled.model;
    if ((await session.columns(table)) === undefined) say(`${table} is not published yet: all its rows would be new`);
    else published.push(compiled);
  }
  return published;
}
