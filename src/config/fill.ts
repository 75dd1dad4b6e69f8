// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of YAML
/** Fills `${NAME}` and `${NAME:-default}` into a tree of plain values, after YAML was parsed: no value can become YAML. */
import type { Problem } from '../errors.js';
import { nearest } from './nearest.js';
import { errorAt } from './problems.js';
import { isObject, pathKey } from './raw.js';
import { isSecretKey, isSecretName } from './secrets.js';
import type { Places, YamlPath } from './yaml-file.js';

export interface Filled {
  /** The tree with all variables filled in; new objects, so that it may be changed. */
  readonly value: unknown;
  /** Path key of each text that held a variable -> the text as written. */
  readonly written: ReadonlyMap<string, string>;
  /** Path keys of texts that could not be filled; they stay as written. */
  readonly unfilled: ReadonlySet<string>;
  readonly secrets: readonly string[];
  readonly problems: readonly Problem[];
}

export type Variables = Readonly<Record<string, string | undefined>>;

const variable = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{[^}\s]*\}?/g;

/** A set but empty variable takes its default, as in a shell. */
export function fillVariables(tree: unknown, variables: Variables, places: Places): Filled {
  const written = new Map<string, string>();
  const unfilled = new Set<string>();
  const secrets = new Set<string>();
  const problems: Problem[] = [];

  const fillText = (text: string, path: YamlPath): string => {
    if (!text.includes('${')) return text;
    const key = pathKey(path);
    written.set(key, text);
    const fail = (message: string, hint: string | undefined, whole: string): string => {
      problems.push(errorAt(places.valueAt(path), message, hint));
      unfilled.add(key);
      return whole;
    };
    return text.replace(variable, (whole: string, name: string | undefined, fallback: string | undefined) => {
      if (whole === '$${') return '${';
      if (name === undefined) {
        return fail(
          `'${whole}' names no variable`,
          `write \${NAME} or \${NAME:-default}; a literal \${ is written $\${`,
          whole,
        );
      }
      const value = variables[name];
      const chosen = value === undefined || (value === '' && fallback !== undefined) ? fallback : value;
      if (chosen === undefined) {
        return fail(`the variable ${name} is not set`, unsetHint(name, variables), whole);
      }
      if (chosen !== '' && (isSecretKey(path) || isSecretName(name))) secrets.add(chosen);
      return chosen;
    });
  };

  const fill = (value: unknown, path: YamlPath): unknown => {
    if (typeof value === 'string') return fillText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, fill(child, [...path, key])]));
  };

  return { value: fill(tree, []), written, unfilled, secrets: [...secrets], problems };
}

function unsetHint(name: string, variables: Variables): string {
  const best = nearest(name, Object.keys(variables));
  const other = best === undefined ? '' : `; ${best} is set: is that meant?`;
  return `set ${name} in the environment or in .env, or give a default: \${${name}:-…}${other}`;
}

/** Text from a variable as the number or boolean that the schema wants there; undefined where it is none. */
export function convertText(text: string, type: unknown): number | boolean | undefined {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (type !== 'integer' && type !== 'number') return undefined;
  return /^-?\d+(\.\d+)?$/.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined;
}
