/** Lays the chosen environment over the rest of the config. */
import type { Problem } from '../errors.js';
import { nearestHint } from './nearest.js';
import { isObject, objectOf, type RawObject } from './raw.js';
import type { Places, YamlFile, YamlPath } from './yaml-file.js';

export interface Effective extends Places {
  /** The config without `environments`, the chosen one laid over it. */
  readonly value: RawObject;
  isUnquoted(path: YamlPath): boolean;
  readonly problems: readonly Problem[];
}

/** Lists are replaced, mappings merged; a connection with a `type` of its own replaces the whole connection. */
export function chooseEnvironment(file: YamlFile, environment: string | undefined): Effective {
  const { environments, ...base } = objectOf(file.value);
  if (environment === undefined) return { ...file, value: base, problems: [] };
  const overlays = objectOf(environments);
  const overlay = overlays[environment];
  if (overlay === undefined) {
    const names = Object.keys(overlays);
    const hint = names.length === 0 ? `${file.path} has no 'environments'` : nearestHint(environment, names);
    const message = `no environment is called '${environment}'`;
    const problem: Problem = {
      severity: 'error',
      message,
      where: file.keyAt(['environments']),
      ...(hint === undefined ? {} : { hint }),
    };
    return { ...file, value: base, problems: [problem] };
  }
  const locate = (path: YamlPath): YamlPath => {
    const inOverlay = ['environments', environment, ...path];
    return path.length > 0 && file.has(inOverlay) ? inOverlay : path;
  };
  return {
    value: merge(base, objectOf(overlay), []),
    keyAt: (path) => file.keyAt(locate(path)),
    valueAt: (path) => file.valueAt(locate(path)),
    isUnquoted: (path) => file.isUnquoted(locate(path)),
    problems: [],
  };
}

function merge(base: RawObject, overlay: RawObject, path: readonly string[]): RawObject {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(overlay)) {
    const below = merged[key];
    const connection = path.length === 1 && path[0] === 'connections';
    const replaces = (connection && isObject(value) && 'type' in value) || (path.length === 0 && key === 'schedule');
    merged[key] = !replaces && isObject(value) && isObject(below) ? merge(below, value, [...path, key]) : value;
  }
  return merged;
}
