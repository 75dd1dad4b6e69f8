/** The project as unit tests see it: in the terms of an engine in memory, with the vars of a test. */
import { definitionError, hasErrors } from '../config/problems.js';
import type { Config } from '../config/types.js';
import type { Engine } from '../engines/contract.js';
import { checkProject, type Definitions } from '../pipeline/load.js';
import type { Project } from '../pipeline/types.js';
import { mergeVars } from './parse-tests.js';
import type { UnitTest } from './types.js';

export interface CompiledProject {
  readonly config: Config;
  readonly project: Project;
  readonly definitions: Definitions;
}

/** The config of runs in memory: every connection is of the engine, and nothing waits, notifies or tries again. */
export function configInMemory(config: Config, engine: Engine): Config {
  const connections = Object.entries(config.connections).map(([name, { root }]) => {
    return [name, { name, type: engine.name, options: { path: ':memory:' }, root }] as const;
  });
  return {
    ...config,
    connections: Object.fromEntries(connections),
    throttles: {},
    run: { ...config.run, atomicity: 'run', parallel: 1, retries: 0 },
    notify: [],
    grants: [],
  };
}

/** Compiles a project once for all tests with the same vars. */
export class Compiler {
  readonly #config: Config;
  readonly #engine: Engine;
  readonly #compiled = new Map<string, Promise<CompiledProject>>();

  /** @param config of runs in memory */
  constructor(config: Config, engine: Engine) {
    this.#config = config;
    this.#engine = engine;
  }

  /** Errors: DEFINITION with all problems, those that only these vars bring among them; IO. */
  withVars(vars: UnitTest['vars']): Promise<CompiledProject> {
    const key = JSON.stringify(vars);
    const compiled = this.#compiled.get(key) ?? this.#compile(vars);
    this.#compiled.set(key, compiled);
    return compiled;
  }

  async #compile(over: UnitTest['vars']): Promise<CompiledProject> {
    const vars = mergeVars(this.#config.vars, over);
    const timezone = typeof vars.timezone === 'string' ? vars.timezone : this.#config.timezone;
    const config = { ...this.#config, vars, timezone };
    const { name, dialect, capabilities } = this.#engine;
    const { strategies } = capabilities;
    const { project, definitions, problems } = await checkProject(config, { engine: name, strategies, dialect });
    if (project === undefined || hasErrors(problems)) throw definitionError(problems);
    return { config, project, definitions };
  }
}
