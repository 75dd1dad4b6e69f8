/** What is left of a config that was found sound: its values as they are written, from which other variables make a config too. */
import type { Place } from '../errors.js';
import { type ConfigLocation, checkEffective } from './check.js';
import type { Variables } from './fill.js';
import type { Effective } from './overlay.js';
import { isObject, pathKey, type RawObject } from './raw.js';
import { isSecretKey, isSecretName } from './secrets.js';
import type { Config } from './types.js';
import type { YamlPath } from './yaml-file.js';

export interface SoundValues {
  /** With the environment laid over them, and variables in them. */
  readonly value: RawObject;
  /** Path keys of the texts that stand without quotes. */
  readonly unquoted: readonly string[];
}

/** Undefined where a secret is written into the file: it is to be in no other one. */
export function soundValues(effective: Effective): SoundValues | undefined {
  const texts = textsOf(effective.value, []);
  if (texts.some(([path, text]) => holdsSecret(path, text))) return undefined;
  const unquoted = texts.filter(([path, text]) => text.includes('${') && effective.isUnquoted(path));
  return { value: effective.value, unquoted: unquoted.map(([path]) => pathKey(path)) };
}

/** Undefined where anything is wrong with it now: the file itself tells what, and where. */
export function configOf(sound: SoundValues, location: ConfigLocation, variables: Variables): Config | undefined {
  const { value } = sound;
  const unquoted = new Set(sound.unquoted);
  const somewhere: Place = { path: '', line: 1, column: 1 };
  const { config, problems } = checkEffective(
    location,
    {
      value,
      problems: [],
      keyAt: () => somewhere,
      valueAt: () => somewhere,
      isUnquoted: (path) => unquoted.has(pathKey(path)),
    },
    variables,
  );
  return problems.length === 0 ? config : undefined;
}

function textsOf(value: unknown, path: YamlPath): readonly (readonly [YamlPath, string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsOf(item, [...path, index]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => textsOf(child, [...path, key]));
}

/** A text where a secret belongs, unless it is only the name of a variable; and what a secret variable is by default. */
function holdsSecret(path: YamlPath, text: string): boolean {
  if (isSecretKey(path)) return text !== '' && !/^\$\{\w+(:-)?\}$/.test(text);
  return [...text.matchAll(/\$\{(\w+):-[^}]/g)].some(([, name = '']) => isSecretName(name));
}
