/** Reading settings out of plain values that may still be wrong: what has the wrong type counts as absent. */
import type { YamlPath } from './yaml-file.js';

export type RawObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(value: unknown): RawObject {
  return isObject(value) ? value : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function wholeNumberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

/** A name or a list of names, as a list; what is not text is left out. */
export function namesOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((name) => typeof name === 'string');
}

/** One of `choices`, else the first of them. */
export function choiceOf<const T extends string>(value: unknown, choices: readonly [T, ...T[]]): T {
  return choices.find((choice) => choice === value) ?? choices[0];
}

/** A path as a key of maps and sets. */
export function pathKey(path: YamlPath): string {
  return JSON.stringify(path.map(String));
}
