/** All that is wrong with a project, as far as it can be known without its databases. */
import type { WarehouseCheck } from '../check/empty-warehouse.js';
import type { Project } from '../pipeline/types.js';
import { checkDefinitions, type ProjectLocation } from './project.js';

export interface CheckedProject extends WarehouseCheck {
  /** Present where there is no error in the definitions; the SQL may have some. */
  readonly project: Project | undefined;
}

/** The definitions first, then their SQL on empty tables. Errors: IO where a file cannot be read. */
export async function checkProjectOffline(location: ProjectLocation): Promise<CheckedProject> {
  const { config, project, definitions, problems } = await checkDefinitions(location);
  if (config === undefined || definitions === undefined) {
    return { project, problems, unchecked: [], tables: new Map() };
  }
  const { checkOffline } = await import('./check-offline.js');
  const checked = await checkOffline(config, definitions);
  return { ...checked, project, problems: [...problems, ...checked.problems] };
}
