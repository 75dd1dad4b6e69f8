/** Checks plain values against the JSON Schemas of `schemas/`, and says each mistake once, in plain words, where it is. */
import type { ErrorObject } from 'ajv';
import type { Problem } from '../errors.js';
import { nearest, nearestHint } from './nearest.js';
import { errorAt } from './problems.js';
import { isObject } from './raw.js';
import { type SchemaName, validators } from './schema-validators.js';
import { describeValue, expectation, labelOf } from './schema-words.js';
import { isSecretKey } from './secrets.js';
import type { Places, YamlPath } from './yaml-file.js';

/** One raw mistake: an ajv error with its path as segments. */
export interface SchemaMistake {
  readonly path: YamlPath;
  readonly error: ErrorObject;
}

/** All mistakes of a value; `all` keeps what the branches of alternatives say, which is noise to people. */
export function schemaMistakes(
  name: SchemaName,
  value: unknown,
  noise: 'all' | 'none' = 'none',
): readonly SchemaMistake[] {
  const validate = validators[name];
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  const kept = noise === 'all' ? errors : withoutEchoes(withoutAlternatives(errors));
  return kept.map((error) => ({ path: pathOf(error.instancePath), error }));
}

/** A mistake in plain words, at its own key or value; `written` is what the file says where a variable was filled in. */
export function schemaProblem({ path, error }: SchemaMistake, places: Places, written?: string): Problem {
  const label = labelOf(path);
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params.additionalProperty);
      return errorAt(places.keyAt([...path, key]), `unknown key '${key}'`, nearestHint(key, knownKeys(error)));
    }
    case 'required':
      return errorAt(places.keyAt(path), `'${String(error.params.missingProperty)}' is missing`);
    case 'oneOf': {
      const names = alternativeKeys(error);
      if (names !== undefined) return alternativesProblem(names, path, error, places);
      break;
    }
    default:
  }
  const shown = isSecretKey(path) ? 'something else' : (written ?? describeValue(error.data));
  const message = `${label} must be ${expectation(error)}, but is ${shown}`;
  return errorAt(places.valueAt(path), message, enumHint(error) ?? quotesHint(error));
}

/** Text that YAML reads as a number or boolean, such as a version or `yes`'s cousin `true`. */
function quotesHint(error: ErrorObject): string | undefined {
  const scalar = typeof error.data === 'number' || typeof error.data === 'boolean';
  const anyText =
    error.keyword === 'type' && error.params.type === 'string' && !('pattern' in (error.parentSchema ?? {}));
  return scalar && anyText ? 'put it in quotes' : undefined;
}

function alternativesProblem(names: readonly string[], path: YamlPath, error: ErrorObject, places: Places): Problem {
  const list = names.map((name) => `'${name}'`).join(', ');
  const given = names.filter((name) => isObject(error.data) && name in error.data);
  const second = given[1];
  if (second === undefined) return errorAt(places.keyAt(path), `one of ${list} is missing`);
  return errorAt(places.keyAt([...path, second]), `only one of ${list} can be given`);
}

/**
 * An alternative (`anyOf`, `oneOf`) reports the mistakes of all its branches. Mistakes inside the value belong to the
 * branch that fits its shape and stay; those that only say 'not this branch' go, and the alternative itself stays where
 * nothing else is left.
 */
function withoutAlternatives(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let remaining = errors.filter((error) => error.keyword !== 'if');
  for (const alternative of errors) {
    if (alternative.keyword !== 'anyOf' && alternative.keyword !== 'oneOf') continue;
    if (alternativeKeys(alternative) !== undefined) {
      // 'Exactly one of these keys' says nothing of what is no mapping.
      if (!isObject(alternative.data)) remaining = remaining.filter((error) => error !== alternative);
      const branches = `${alternative.schemaPath}/`;
      const path = alternative.instancePath;
      remaining = remaining.filter((error) => error.instancePath !== path || !error.schemaPath.startsWith(branches));
      continue;
    }
    const inside = remaining.filter((error) => isInside(error, alternative));
    const meant = inside.filter(
      (error) => error.instancePath !== alternative.instancePath || !shapeKeywords.has(error.keyword),
    );
    const dropped = new Set(inside.filter((error) => !meant.includes(error)));
    remaining = remaining.filter((error) => !dropped.has(error) && (error !== alternative || meant.length === 0));
  }
  return remaining;
}

const shapeKeywords = new Set(['type', 'enum', 'const', 'pattern', 'minimum', 'maximum', 'minLength']);

function isInside(error: ErrorObject, alternative: ErrorObject): boolean {
  if (error === alternative) return false;
  return (
    error.instancePath === alternative.instancePath || error.instancePath.startsWith(`${alternative.instancePath}/`)
  );
}

/** The keys of an alternative that is 'exactly one of these keys'; undefined for alternatives between shapes. */
function alternativeKeys(error: ErrorObject): readonly string[] | undefined {
  const branches = Array.isArray(error.schema) ? error.schema : [];
  const names = branches.map((branch: unknown) =>
    isObject(branch) && Array.isArray(branch.required) ? String(branch.required[0]) : undefined,
  );
  return names.every((name) => name !== undefined) ? names : undefined;
}

/** A mistyped key is one mistake: not also the key that is missing because of it. */
function withoutEchoes(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const meantKeys = new Set<string>();
  const withUnknownKey = new Set<string>();
  for (const error of errors) {
    if (error.keyword !== 'additionalProperties') continue;
    withUnknownKey.add(error.instancePath);
    const meant = nearest(String(error.params.additionalProperty), knownKeys(error));
    if (meant !== undefined) meantKeys.add(`${error.instancePath} ${meant}`);
  }
  return errors.filter((error) => {
    if (error.keyword === 'required')
      return !meantKeys.has(`${error.instancePath} ${String(error.params.missingProperty)}`);
    const missing = error.keyword === 'oneOf' && error.params.passingSchemas === null;
    return !(missing && withUnknownKey.has(error.instancePath));
  });
}

function knownKeys(error: ErrorObject): readonly string[] {
  return Object.keys(isObject(error.parentSchema?.properties) ? error.parentSchema.properties : {});
}

function enumHint(error: ErrorObject): string | undefined {
  if (typeof error.data !== 'string') return undefined;
  const branches: unknown[] =
    error.keyword === 'anyOf' && Array.isArray(error.schema) ? error.schema : [error.parentSchema];
  const values = branches.flatMap((branch) => (isObject(branch) && Array.isArray(branch.enum) ? branch.enum : []));
  const best = nearest(error.data, values.map(String));
  return best === undefined ? undefined : `did you mean '${best}'?`;
}

function pathOf(instancePath: string): YamlPath {
  const segments = instancePath.split('/').slice(1);
  return segments.map((segment) => segment.replace(/~1/g, '/').replace(/~0/g, '~'));
}
