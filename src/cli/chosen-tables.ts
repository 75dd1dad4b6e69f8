/** The tables that flags choose, for commands that only look; the warehouse is opened only for `changed`. */
import type { Config } from '../config/types.js';
import { asksForChanges, selectSteps } from '../pipeline/select.js';
import type { Project } from '../pipeline/types.js';
import { readChangedDefinitions } from '../run/changed-definitions.js';
import { choiceOf } from './selection.js';
import type { ChooseArguments } from './selection-flags.js';
import { withReader } from './warehouse.js';

/** In dependency order. Errors: USAGE where the flags name what is not there; of `withReader` for `changed`. */
export async function chosenTables(
  flags: ChooseArguments,
  config: Config,
  project: Project,
): Promise<readonly string[]> {
  const choice = choiceOf(flags, project);
  if (!asksForChanges(choice)) return selectSteps(project, choice);
  const changed = await withReader(config, (session, engine) =>
    readChangedDefinitions(session, engine, config, project),
  );
  return selectSteps(project, choice, () => changed);
}
