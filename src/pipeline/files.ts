/**
 * Reads a project's files, one after the other: side by side each goes four times through Node's threads, which for hundreds
 * of small files takes longer than reading them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EtlError } from '../errors.js';

export interface ProjectFiles {
  /** YAML files of `pipelines/`, by path relative to the root, in order of name. */
  readonly pipelines: ReadonlyMap<string, string>;
  /** SQL files of `sql/` without the macros, by path relative to `sql/`. */
  readonly sql: ReadonlyMap<string, string>;
  /** Shared SQL of `sql/macros/`, by name. */
  readonly macros: ReadonlyMap<string, { readonly path: string; readonly text: string }>;
  /** CSV files of `seeds/`, by path relative to the root. */
  readonly seeds: ReadonlyMap<string, string>;
}

const macroFolder = 'macros/';

/** Paths use `/` on every system. Folders that are not there count as empty. Errors: IO. */
export function readProjectFiles(root: string): ProjectFiles {
  const yaml = readFolder(root, 'pipelines', (name) => /^[^/]+\.ya?ml$/.test(name));
  const sql = readFolder(root, 'sql', (name) => name.endsWith('.sql'));
  const csv = readFolder(root, 'seeds', (name) => name.endsWith('.csv'));
  const isMacro = ([name]: readonly [string, string]): boolean => name.startsWith(macroFolder);
  const macros = sql.filter(isMacro).map(([name, text]) => {
    const macro = name.slice(macroFolder.length, -'.sql'.length);
    return [macro, { path: `sql/${name}`, text }] as const;
  });
  return {
    pipelines: new Map(yaml.map(([name, text]) => [`pipelines/${name}`, text])),
    sql: new Map(sql.filter((file) => !isMacro(file))),
    macros: new Map(macros),
    seeds: new Map(csv.map(([name, text]) => [`seeds/${name}`, text])),
  };
}

function readFolder(
  root: string,
  folder: string,
  wanted: (name: string) => boolean,
): readonly (readonly [string, string])[] {
  const names = listFolder(path.join(root, folder)).filter(wanted).sort();
  return names.map((name) => [name, readText(path.join(root, folder, name), `${folder}/${name}`)]);
}

function listFolder(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names.map((name) => name.split(path.sep).join('/'));
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return [];
    throw new EtlError('IO', `the folder ${folder} cannot be read`, { cause: error });
  }
}

function readText(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new EtlError('IO', `${name} cannot be read`, { cause: error });
  }
}
