/** All that is wrong with a project, as far as it can be known without its databases. */
import type { WarehouseCheck } from '../check/empty-warehouse.js';
import type { Config } from '../config/types.js';
import type { Problem } from '../errors.js';
import type { Project } from '../pipeline/types.js';
import { checkDefinitions, withoutSecrets } from './check-definitions.js';
import type { ProjectLocation } from './project.js';

export interface CheckedProject extends WarehouseCheck {
  /** Present where there is no error in the definitions; the SQL may have some. */
  readonly project: Project | undefined;
}

/** The definitions first, then their SQL on empty tables and the unit tests as far as they are read. Errors: IO where a file cannot be read. */
export async function checkProjectOffline(location: ProjectLocation): Promise<CheckedProject> {
  const { config, project, definitions, problems } = await checkDefinitions(location);
  if (config === undefined || definitions === undefined) {
    return { project, problems, unchecked: [], tables: new Map() };
  }
  const { checkOffline } = await import('./check-offline.js');
  const checked = await checkOffline(config, definitions);
  const ofTests = project === undefined ? [] : await problemsOfUnitTests(config, project);
  return { ...checked, project, problems: [...problems, ...checked.problems, ...ofTests] };
}

async function problemsOfUnitTests(config: Config, project: Project): Promise<readonly Problem[]> {
  const { readUnitTests } = await import('../unit/read-tests.js');
  return readUnitTests(config.root, project).problems.map((problem) => withoutSecrets(problem, config));
}
