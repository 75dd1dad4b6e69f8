/** The checked project as it was the last time: making it anew takes longer than all else in a run in which nothing changed. */
import { deepFreeze } from '../config/freeze.js';
import type { Config } from '../config/types.js';
import type { ProjectFiles } from '../pipeline/files.js';
import type { Project } from '../pipeline/types.js';
import { type RememberedPlace, recall, remember } from './remembered-file.js';

export interface CheckedProject {
  readonly project: Project;
  /** Table -> fingerprint of its definition. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

/** Undefined where it was made from anything else. */
export function recallProject(config: Config, files: ProjectFiles): CheckedProject | undefined {
  const known = recall(placeOf(config, files)) as CheckedProject | undefined;
  return known && frozen(known);
}

export function rememberProject(config: Config, files: ProjectFiles, checked: CheckedProject): void {
  remember(placeOf(config, files), checked);
}

/** All that a project is made from: the files, and what the config says of names, vars and the zone. */
function placeOf(config: Config, files: ProjectFiles): RememberedPlace {
  const { root, environment, connections, run, vars, timezone } = config;
  const engines = Object.entries(connections).map(([name, { type }]) => [name, type]);
  const followed = [root, engines, run, vars, timezone];
  const texts = [[...files.pipelines], [...files.sql], [...files.macros], [...files.seeds]];
  return { root, environment, kind: 'project', madeFrom: [...followed, ...texts] };
}

function frozen(checked: CheckedProject): CheckedProject {
  const { sources, models } = checked.project;
  for (const step of [...sources.values(), ...models.values()]) deepFreeze(step);
  return deepFreeze(checked);
}
