/** Opens a project: config, then the pipelines in the terms of the warehouse's engine. No database is opened. */
import type { ConfigCheck } from '../config/load.js';
import { definitionError, hasErrors } from '../config/problems.js';
import { soundValues } from '../config/sound-values.js';
import type { Config } from '../config/types.js';
import { loadDialect } from '../engines/registry.js';
import { readProjectFiles } from '../pipeline/files.js';
import type { Project } from '../pipeline/types.js';
import { recallConfig, rememberConfig } from './remembered-config.js';
import { type CheckedProject, recallProject, rememberProject } from './remembered-project.js';

export interface ProjectLocation {
  /** The project's folder. */
  readonly root: string;
  /** The overlay of `environments` to use. */
  readonly environment?: string | undefined;
  /** The process's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface OpenedProject extends Partial<CheckedProject> {
  readonly config: Config;
  readonly project: Project;
}

/** The config and the project. Errors: DEFINITION with all problems where there is any error, IO. */
export async function openProject({ root, environment, env }: ProjectLocation): Promise<OpenedProject> {
  const { config, problems } = await openConfig({ root, environment, env });
  if (config === undefined) throw definitionError(problems);
  const files = readProjectFiles(config.root);
  const known = hasErrors(problems) ? undefined : recallProject(config, files);
  if (known !== undefined) return { config, ...known };
  // The parser brings a driver, and the rules what reads YAML and templates: a project that is known needs none of them.
  const { checkPipelines, withoutSecrets } = await import('./check-definitions.js');
  const { project, problems: ofProject } = await checkPipelines(config, files);
  const all = [...problems, ...ofProject].map((problem) => withoutSecrets(problem, config));
  if (project === undefined || hasErrors(all)) throw definitionError(all);
  const checked = { project, fingerprints: await fingerprintsOf(config, project) };
  rememberProject(config, files, checked);
  return { config, ...checked };
}

async function openConfig(location: ProjectLocation): Promise<Pick<ConfigCheck, 'config' | 'problems'>> {
  const known = recallConfig(location);
  if (known !== undefined) return { config: known, problems: [] };
  const { root, environment, env } = location;
  // What reads YAML takes longer to load than a config that is known takes to be checked.
  const { checkConfig } = await import('../config/load.js');
  const checked = await checkConfig({ root, env, ...(environment === undefined ? {} : { environment }) });
  const { read, problems } = checked;
  const sound = read && problems.length === 0 ? soundValues(read.effective) : undefined;
  if (read !== undefined && sound !== undefined) rememberConfig(location, read.text, sound);
  return checked;
}

async function fingerprintsOf(config: Config, project: Project): Promise<ReadonlyMap<string, string>> {
  const { fingerprints } = await import('../plan/fingerprint.js');
  const dialect = await loadDialect(config.connections[config.run.into]?.type ?? '');
  return fingerprints(project, config, { macros: project.macros, vars: config.vars, dialect });
}
