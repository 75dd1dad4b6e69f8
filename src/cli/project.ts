/** Opens a project: config, then the pipelines in the terms of the warehouse's engine. No database is opened. */
import { checkConfig } from '../config/load.js';
import { definitionError, hasErrors } from '../config/problems.js';
import type { Config } from '../config/types.js';
import { engineNames, loadCapabilities, loadDialect } from '../engines/registry.js';
import type { Problem } from '../errors.js';
import { maskSecrets } from '../mask.js';
import { checkProject, type Definitions, type ProjectCheck } from '../pipeline/load.js';
import type { Project } from '../pipeline/types.js';

export interface ProjectLocation {
  /** The project's folder. */
  readonly root: string;
  /** The overlay of `environments` to use. */
  readonly environment?: string | undefined;
  /** The process's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

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

/** The config and the project. Errors: DEFINITION with all problems where there is any error, IO. */
export async function openProject(
  location: ProjectLocation,
): Promise<{ readonly config: Config; readonly project: Project }> {
  const { config, project, problems } = await checkDefinitions(location);
  if (config === undefined || project === undefined || hasErrors(problems)) throw definitionError(problems);
  return { config, project };
}

/** All that is wrong with a project's definitions. Throws only where a file cannot be read (IO). */
export async function checkDefinitions({ root, environment, env }: ProjectLocation): Promise<CheckedDefinitions> {
  const { config, problems } = await checkConfig({ root, env, ...(environment === undefined ? {} : { environment }) });
  if (config === undefined) return { config, project: undefined, definitions: undefined, problems };
  const { project, definitions, problems: ofProject } = await checkPipelines(config);
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

async function checkPipelines(
  config: Config,
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
    return await checkProject(config, { engine, strategies, dialect, inspectSql });
  } finally {
    inspectSql.close();
  }
}
