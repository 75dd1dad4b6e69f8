/** Which definitions changed since their last success, asked without a run. */
import type { Config } from '../config/types.js';
import type { Engine, Session } from '../engines/contract.js';
import { emptyState, readState } from '../journal/read.js';
import { journalVersionOf } from '../journal/tables.js';
import type { Project } from '../pipeline/types.js';
import { changedDefinitions, fingerprints } from '../plan/fingerprint.js';
import type { WarehouseState } from '../plan/types.js';

/** What the journal knows; nothing where there is none yet. */
export async function stateOf(session: Session, engine: Engine): Promise<WarehouseState> {
  const version = await journalVersionOf(session, engine.dialect);
  return version === undefined ? emptyState : readState(session, engine.dialect);
}

/** Tables whose definition differs from that of their last success. */
export async function readChangedDefinitions(
  session: Session,
  engine: Engine,
  config: Config,
  project: Project,
): Promise<ReadonlySet<string>> {
  const environment = { macros: project.macros, vars: config.vars, dialect: engine.dialect };
  return changedDefinitions(fingerprints(project, config, environment), await stateOf(session, engine));
}
