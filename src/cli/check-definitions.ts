/** Reads a project's files and checks them: the config, then the pipelines in the terms of the warehouse's engine. */
import { checkConfig } from '../config/load.js';
import type { Config } from '../config/types.js';
import { engineNames, loadCapabilities, loadDialect } from '../engines/registry.js';
import type { Problem } from '../errors.js';
import { maskSecrets } from '../mask.js';
import { type ProjectFiles, readProjectFiles } from '../pipeline/files.js';
import { checkProject, type Definitions, type ProjectCheck } from '../pipeline/load.js';
import type { Project } from '../pipeline/types.js';
import type { ProjectLocation } from './project.js';

export interface CheckedDefinitions {
  /** As far as it can be made. */
  readonly config: Config | undefined;
  /** Present where there is no error. */
  readonly project: Project | undefined;
  /** What the pipelines say, mistakes or not; undefined where there is no config to read them by. */
  readonly definitions: Definitions | undefined;
  /** All mistakes and warnings, of the config first. */
  readonly problems: readonly Problem[];
}

/** All that is wrong with a project's definitions. Throws only where a file cannot be read (IO). */
export async function checkDefinitions({ root, environment, env }: ProjectLocation): Promise<CheckedDefinitions> {
  const { config, problems } = await checkConfig({ root, env, ...(environment === undefined ? {} : { environment }) });
  if (config === undefined) return { config, project: undefined, definitions: undefined, problems };
  const { project, definitions, problems: ofProject } = await checkPipelines(config, readProjectFiles(config.root));
  return {
    config,
    project,
    definitions,
    problems: [...problems, ...ofProject].map((problem) => withoutSecrets(problem, config)),
  };
}

/** The parser quotes SQL, which may hold a var that is a secret. */
export function withoutSecrets(problem: Problem, { secrets }: Pick<Config, 'secrets'>): Problem {
  const { message, hint, sqlLine } = problem;
  return {
    ...problem,
    ...(hint === undefined ? {} : { hint: maskSecrets(hint, secrets) }),
    ...(sqlLine === undefined ? {} : { sqlLine: maskSecrets(sqlLine, secrets) }),
    message: maskSecrets(message, secrets),
  };
}

/** All that is wrong with the pipelines and their SQL. */
export async function checkPipelines(
  config: Config,
  files: ProjectFiles,
): Promise<Pick<ProjectCheck, 'project' | 'problems'> & { readonly definitions?: Definitions }> {
  const engine = config.connections[config.run.into]?.type ?? '';
  // The config's own rules have named the unknown engine.
  if (!engineNames.includes(engine)) return { problems: [] };
  // The parser brings a driver, which `--help` and a broken config need not wait for.
  const { openParser } = await import('../engines/duckdb/parse.js');
  const [dialect, { strategies }, inspectSql] = await Promise.all([
    loadDialect(engine),
    loadCapabilities(engine),
    openParser(),
  ]);
  try {
    return await checkProject(config, { engine, strategies, dialect, inspectSql }, files);
  } finally {
    inspectSql.close();
  }
}
