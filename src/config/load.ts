/** Reads the configuration: parse, choose the environment, fill in variables, check, build, freeze. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseDotenv } from 'dotenv';
import { EtlError, type Problem } from '../errors.js';
import { buildConfig } from './build.js';
import { convertText, type Filled, fillVariables, type Variables } from './fill.js';
import { deepFreeze } from './freeze.js';
import { chooseEnvironment, type Effective } from './overlay.js';
import { definitionError, hasErrors, withSourceLines } from './problems.js';
import { isObject, objectOf, pathKey, textOf } from './raw.js';
import { configRules } from './rules.js';
import { type SchemaMistake, schemaMistakes, schemaProblem } from './schema-check.js';
import { isTimezone } from './timezone.js';
import { readTiming } from './timing.js';
import type { Config } from './types.js';
import { parseYamlFile, type YamlFile } from './yaml-file.js';

export const configFileName = 'chat-etl.config.yaml';

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
}

/** The frozen config. Throws DEFINITION with all problems where there is any error. */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const { config, problems } = await checkConfig(options);
  if (config === undefined || hasErrors(problems)) throw definitionError(problems);
  return config;
}

/** The config as far as it can be made, and all its mistakes. Throws only where a file cannot be read (IO). */
export async function checkConfig(options: LoadOptions): Promise<ConfigCheck> {
  const file = path.resolve(options.root, options.file ?? configFileName);
  const root = path.dirname(file);
  const [text, dotenv] = await Promise.all([readIfThere(file), readIfThere(path.join(root, '.env'))]);
  if (text === undefined) {
    const hint = '`chat-etl init FOLDER` makes a new project';
    return { problems: [{ severity: 'error', message: `there is no ${path.basename(file)} in ${root}`, hint }] };
  }
  const yaml = parseYamlFile(path.basename(file), text);
  const checked = checkYaml(yaml, options, { ...parseDotenv(dotenv ?? ''), ...withoutUnset(options.env) });
  const problems = withSourceLines(checked.problems, new Map([[yaml.path, text]]));
  if (checked.build === undefined) return { problems };
  const config = deepFreeze(buildConfig({ file, root, environment: options.environment, ...checked.build }));
  return config.connections[config.run.into] === undefined ? { problems } : { config, problems };
}

type BuildParts = Omit<Parameters<typeof buildConfig>[0], 'file' | 'root' | 'environment'>;

function checkYaml(
  yaml: YamlFile,
  options: LoadOptions,
  variables: Variables,
): { readonly problems: readonly Problem[]; readonly build?: BuildParts } {
  if (yaml.value === undefined) return { problems: yaml.problems };
  const asWritten = schemaMistakes('config', yaml.value).filter(({ error }) => !holdsVariable(error.data));
  const writtenProblems = asWritten.map((mistake) => schemaProblem(mistake, yaml));
  if (!isObject(yaml.value)) return { problems: [...yaml.problems, ...writtenProblems] };
  const effective = chooseEnvironment(yaml, options.environment);
  const filled = fillVariables(effective.value, variables, effective);
  convertFilled(filled, effective);
  const mistakes = schemaMistakes('config', filled.value).filter(({ path }) => !filled.unfilled.has(pathKey(path)));
  const raw = objectOf(filled.value);
  const zone = textOf(objectOf(raw.vars).timezone);
  const timezone = zone !== undefined && isTimezone(zone) ? zone : 'UTC';
  const { timing, problems } = readTiming(objectOf(raw.schedule), ['schedule'], effective, timezone);
  return {
    problems: [
      ...yaml.problems,
      ...writtenProblems,
      ...effective.problems,
      ...filled.problems,
      ...mistakes.map((mistake) => filledProblem(mistake, filled, effective)),
      ...configRules(raw, effective, filled.unfilled),
      ...problems,
    ],
    build: { raw, timing, timezone, secrets: filled.secrets },
  };
}

/** A mistake in a filled text shows the text as written, never what the environment put there. */
function filledProblem(mistake: SchemaMistake, filled: Filled, effective: Effective): Problem {
  const written = filled.written.get(pathKey(mistake.path));
  return schemaProblem(mistake, effective, written === undefined ? undefined : `what ${written} gives`);
}

/** Texts from variables become numbers and booleans where the schema wants them, and in `vars` where YAML would read them so. */
function convertFilled(filled: Filled, effective: Effective): void {
  for (const { path: where, error } of schemaMistakes('config', filled.value, 'all')) {
    if (error.keyword === 'type' && filled.written.has(pathKey(where)))
      convertAt(filled.value, where, [error.params.type].flat());
  }
  for (const key of filled.written.keys()) {
    const where: string[] = JSON.parse(key);
    const unquoted = where[0] === 'vars' && where[1] !== 'timezone' && effective.isUnquoted(where);
    if (unquoted && !filled.unfilled.has(key)) convertAt(filled.value, where, ['number', 'boolean']);
  }
}

function convertAt(tree: unknown, where: readonly (string | number)[], types: readonly unknown[]): void {
  const name = where.at(-1);
  let parent = tree;
  for (const segment of where.slice(0, -1)) parent = (parent as Record<string, unknown>)[segment];
  if (name === undefined || !(isObject(parent) || Array.isArray(parent))) return;
  const holder = parent as Record<string | number, unknown>;
  const text = holder[name];
  if (typeof text !== 'string') return;
  const converted = types.map((type) => convertText(text, type)).find((value) => value !== undefined);
  if (converted !== undefined) holder[name] = converted;
}

function holdsVariable(value: unknown): boolean {
  return typeof value === 'string' && value.includes('${');
}

function withoutUnset(env: Variables): Variables {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isObject(error) && error.code === 'ENOENT') return undefined;
    throw new EtlError('IO', `${path.basename(file)} cannot be read`, { cause: error });
  }
}
