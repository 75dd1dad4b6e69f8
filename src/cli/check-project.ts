/** All that is wrong with a project, as far as it can be known without its databases. */
import type { WarehouseCheck } from '../check/empty-warehouse.js';
import type { Config } from '../config/types.js';
import type { Problem } from '../errors.js';
import type { SourceRecord } from '../introspect/record.js';
import type { Project } from '../pipeline/types.js';
import { type CheckedDefinitions, checkDefinitions, withoutSecrets } from './check-definitions.js';
import type { ProjectLocation } from './project.js';

export interface CheckedProject extends WarehouseCheck {
  /** Present where there is no error in the definitions; the SQL may have some. */
  readonly project: Project | undefined;
  /** What was asked of databases, where they were. */
  readonly connected?: { readonly sources: readonly string[]; readonly planned: number };
}

/** The definitions first, then their SQL on empty tables and the unit tests as far as they are read. Errors: IO where a file cannot be read. */
export async function checkProjectOffline(location: ProjectLocation): Promise<CheckedProject> {
  return checkDefinedProject(await checkDefinitions(location));
}

/** @param live how the tables of connections are, in the place of what is recorded of them */
export async function checkDefinedProject(
  { config, project, definitions, problems }: CheckedDefinitions,
  live?: ReadonlyMap<string, SourceRecord>,
): Promise<CheckedProject> {
  if (config === undefined || definitions === undefined) {
    return { project, problems, unchecked: [], tables: new Map() };
  }
  const { checkOffline } = await import('./check-offline.js');
  const checked = await checkOffline(config, definitions, live);
  const ofTests = project === undefined ? [] : await problemsOfUnitTests(config, project);
  return { ...checked, project, problems: [...problems, ...checked.problems, ...ofTests] };
}

async function problemsOfUnitTests(config: Config, project: Project): Promise<readonly Problem[]> {
  const { readUnitTests } = await import('../unit/read-tests.js');
  return readUnitTests(config.root, project).problems.map((problem) => withoutSecrets(problem, config));
}
