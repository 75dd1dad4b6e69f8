/** Where YAML names the columns of a key, of which there may be one or a list. */
import type { YamlPath } from '../config/yaml-file.js';
import type { Definition } from '../pipeline/parse.js';
import type { NamedColumn } from './columns.js';

/** The columns under a path below a step, each with the place of its own name. */
export function namedAt(definition: Definition, names: readonly string[], ...path: YamlPath): readonly NamedColumn[] {
  let value: unknown = definition.raw;
  for (const segment of path) value = (value as Readonly<Record<string | number, unknown>> | undefined)?.[segment];
  const isList = Array.isArray(value);
  return names.map((name, index) => ({
    name,
    where: isList ? definition.valueAt(...path, index) : definition.valueAt(...path),
  }));
}
