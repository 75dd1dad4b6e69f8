/** From the plain values of a config to a `Config`: variables filled in, checked, built, frozen. */
import type { Problem } from '../errors.js';
import { buildConfig } from './build.js';
import { convertText, type Filled, fillVariables, type Variables } from './fill.js';
import { deepFreeze } from './freeze.js';
import type { Effective } from './overlay.js';
import { isObject, objectOf, pathKey, textOf } from './raw.js';
import { configRules } from './rules.js';
import { type SchemaMistake, schemaMistakes, schemaProblem } from './schema-check.js';
import { isTimezone } from './timezone.js';
import { readTiming } from './timing.js';
import type { Config } from './types.js';

export interface ConfigLocation {
  readonly file: string;
  /** The project's folder. */
  readonly root: string;
  /** The overlay of `environments` in use. */
  readonly environment: string | undefined;
}

export interface CheckedValues {
  /** Present as soon as `run.into` names a connection, so that the pipelines can be checked beside a faulty config. */
  readonly config: Config | undefined;
  readonly problems: readonly Problem[];
}

export function checkEffective(location: ConfigLocation, effective: Effective, variables: Variables): CheckedValues {
  const filled = fillVariables(effective.value, variables, effective);
  convertFilled(filled, effective);
  const mistakes = schemaMistakes('config', filled.value).filter(({ path }) => !filled.unfilled.has(pathKey(path)));
  const raw = objectOf(filled.value);
  const zone = textOf(objectOf(raw.vars).timezone);
  const timezone = zone !== undefined && isTimezone(zone) ? zone : 'UTC';
  const { timing, problems } = readTiming(objectOf(raw.schedule), ['schedule'], effective, timezone);
  const config = deepFreeze(buildConfig({ ...location, raw, timing, timezone, secrets: filled.secrets }));
  return {
    config: config.connections[config.run.into] === undefined ? undefined : config,
    problems: [
      ...effective.problems,
      ...filled.problems,
      ...mistakes.map((mistake) => filledProblem(mistake, filled, effective)),
      ...configRules(raw, effective, filled.unfilled),
      ...problems,
    ],
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
