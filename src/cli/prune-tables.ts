/** Lists tables whose definitions are gone, or removes them. */
import { EtlError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import { formatGoneTables } from '../report/gone-tables.js';
import { paintFor } from '../report/paint.js';
import { findGoneTables, type GoneTable, removeGoneTables } from '../run/gone-tables.js';
import { printData, printJson, say } from './common.js';
import type { PruneArguments } from './prune.js';
import { withReader } from './warehouse.js';
import { withProject } from './with-project.js';

export function pruneTables(flags: PruneArguments): Promise<void> {
  return withProject(flags, async ({ config, project }) => {
    const found = await withReader(config, (session, { dialect }) => findGoneTables(session, dialect, project));
    const chosen = choose(found, flags.tables ?? [], project.order);
    const shown = flags.yes
      ? await removeGoneTables(
          config,
          project,
          chosen.map(({ table }) => table),
        )
      : chosen;
    if (flags.json) printJson(shown);
    else if (shown.length > 0) printData(formatGoneTables(shown, Date.now(), paintFor(process.stdout)));
    say(ending(shown.length, flags.yes));
  });
}

function choose(
  found: readonly GoneTable[],
  wanted: readonly string[],
  defined: readonly string[],
): readonly GoneTable[] {
  const names = found.map(({ table }) => table);
  for (const name of wanted) {
    if (names.includes(name)) continue;
    const message = defined.includes(name)
      ? `${name} is defined: only what is not can be removed`
      : `no run has made a table ${name}`;
    throw new EtlError('USAGE', message, { hint: didYouMean(name, names) ?? '`chat-etl prune` lists what there is' });
  }
  return wanted.length === 0 ? found : found.filter(({ table }) => wanted.includes(table));
}

function ending(count: number, isDone: boolean): string {
  if (count === 0) return 'nothing to remove: every table that runs have made is defined';
  if (isDone) return 'removed';
  return 'with --yes they are removed; the history of a snapshot cannot be built again';
}
