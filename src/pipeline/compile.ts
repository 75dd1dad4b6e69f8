/** Finds each model's SQL file and asks its template what it reads. */

import { nearest } from '../config/nearest.js';
import { errorAt } from '../config/problems.js';
import type { Config } from '../config/types.js';
import type { Dialect } from '../engines/contract.js';
import { engineNames } from '../engines/registry.js';
import type { Problem } from '../errors.js';
import { type InspectedTemplate, inspectTemplate } from '../template/inspect.js';
import type { ProjectFiles } from './files.js';
import type { Definition } from './parse.js';
import { inspectSeed } from './seed.js';
import type { Model } from './types.js';

/** A model's definition with its template; `inspected` is undefined where there is no file. */
export interface Inspected {
  readonly definition: Definition<Model>;
  /** The model with the overrides that lie beside its SQL file. */
  readonly model: Model;
  readonly inspected: InspectedTemplate | undefined;
  readonly problems: readonly Problem[];
}

export interface CompileEnvironment {
  readonly config: Config;
  readonly files: ProjectFiles;
  /** Name of the warehouse's engine, for `name.<engine>.sql`. */
  readonly engine: string;
  readonly dialect: Dialect;
}

export function inspectModel(definition: Definition<Model>, environment: CompileEnvironment): Inspected {
  const { config, files, engine, dialect } = environment;
  const { raw, valueAt } = definition;
  if (definition.kind === 'seeds')
    return { definition, model: definition.step, ...inspectSeed(definition, environment) };
  if (typeof raw.sql !== 'string') return { definition, model: definition.step, inspected: undefined, problems: [] };
  const overrides = overridesOf(raw.sql, files);
  const model: Model = { ...definition.step, sqlOverrides: withFolder(overrides) };
  const name = overrides[engine] ?? raw.sql;
  const text = files.sql.get(name);
  if (text === undefined) {
    const hint = fileHint(raw.sql, files);
    const problems = [errorAt(valueAt('sql'), `there is no file sql/${raw.sql}`, hint)];
    return { definition, model, inspected: undefined, problems };
  }
  const template = { path: `sql/${name}`, text };
  const { macros } = files;
  const inspected = inspectTemplate(template, { macros, vars: config.vars, dialect, timezone: config.timezone });
  return { definition, model, inspected, problems: inspected.problems };
}

/** Engine -> file that replaces `name` on it: `x.mysql.sql` beside `x.sql`. */
function overridesOf(name: string, files: ProjectFiles): Readonly<Record<string, string>> {
  const stem = name.replace(/\.sql$/, '');
  const overrides = engineNames.map((engine) => [engine, `${stem}.${engine}.sql`] as const);
  return Object.fromEntries(overrides.filter(([, file]) => files.sql.has(file)));
}

function withFolder(overrides: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(overrides).map(([engine, name]) => [engine, `sql/${name}`]));
}

/** A file of the same name in another folder, else the nearest path. */
function fileHint(name: string, files: ProjectFiles): string {
  const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const paths = [...files.sql.keys()];
  const best = paths.find((path) => baseName(path) === baseName(name)) ?? nearest(name, paths);
  return best === undefined ? "the path is relative to the folder 'sql'" : `did you mean '${best}'?`;
}
