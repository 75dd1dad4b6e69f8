/** Reads the configuration: parse, choose the environment, then `check.ts`. */
import path from 'node:path';
import type { Problem } from '../errors.js';
import { checkEffective } from './check.js';
import { configFileName } from './file-name.js';
import type { Variables } from './fill.js';
import { chooseEnvironment, type Effective } from './overlay.js';
import { definitionError, hasErrors, withSourceLines } from './problems.js';
import { isObject } from './raw.js';
import { schemaMistakes, schemaProblem } from './schema-check.js';
import type { Config } from './types.js';
import { readIfThere, variablesIn } from './variables.js';
import { parseYamlFile } from './yaml-file.js';

export interface LoadOptions {
  /** The project's folder. */
  readonly root: string;
  /** Another config file than `chat-etl.config.yaml`, relative to `root`; its folder becomes the project's root. */
  readonly file?: string;
  /** The overlay of `environments` to use. */
  readonly environment?: string;
  /** The process's environment; wins over `.env`. */
  readonly env: Variables;
}

export interface ConfigCheck {
  /** Present as soon as `run.into` names a connection, so that the pipelines can be checked beside a faulty config. */
  readonly config?: Config;
  readonly problems: readonly Problem[];
  /** The file as it was read, and what it says in the environment; there where it could be parsed. */
  readonly read?: { readonly text: string; readonly effective: Effective };
}

/** The frozen config. Throws DEFINITION with all problems where there is any error. */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const { config, problems } = await checkConfig(options);
  if (config === undefined || hasErrors(problems)) throw definitionError(problems);
  return config;
}

/** The config as far as it can be made, and all its mistakes. Throws only where a file cannot be read (IO). */
export async function checkConfig(options: LoadOptions): Promise<ConfigCheck> {
  const { environment } = options;
  const file = path.resolve(options.root, options.file ?? configFileName);
  const root = path.dirname(file);
  const text = readIfThere(file);
  const variables = variablesIn(root, options.env);
  if (text === undefined) {
    const hint = '`chat-etl init FOLDER` makes a new project';
    return { problems: [{ severity: 'error', message: `there is no ${path.basename(file)} in ${root}`, hint }] };
  }
  const yaml = parseYamlFile(path.basename(file), text);
  const located = (problems: readonly Problem[]) => withSourceLines(problems, new Map([[yaml.path, text]]));
  if (yaml.value === undefined) return { problems: located(yaml.problems) };
  const asWritten = schemaMistakes('config', yaml.value).filter(({ error }) => !holdsVariable(error.data));
  const written = [...yaml.problems, ...asWritten.map((mistake) => schemaProblem(mistake, yaml))];
  if (!isObject(yaml.value)) return { problems: located(written) };
  const effective = chooseEnvironment(yaml, environment);
  const { config, problems } = checkEffective({ file, root, environment }, effective, variables);
  const all = located([...written, ...problems]);
  return { ...(config === undefined ? {} : { config }), problems: all, read: { text, effective } };
}

function holdsVariable(value: unknown): boolean {
  return typeof value === 'string' && value.includes('${');
}
