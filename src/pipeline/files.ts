/** Reads a project's files, all at once. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { EtlError } from '../errors.js';

export interface ProjectFiles {
  /** YAML files of `pipelines/`, by path relative to the root, in order of name. */
  readonly pipelines: ReadonlyMap<string, string>;
  /** SQL files of `sql/` without the macros, by path relative to `sql/`. */
  readonly sql: ReadonlyMap<string, string>;
  /** Shared SQL of `sql/macros/`, by name. */
  readonly macros: ReadonlyMap<string, { readonly path: string; readonly text: string }>;
}

const macroFolder = 'macros/';

/** Paths use `/` on every system. Folders that are not there count as empty. Errors: IO. */
export async function readProjectFiles(root: string): Promise<ProjectFiles> {
  const [yaml, sql] = await Promise.all([
    readFolder(root, 'pipelines', (name) => /^[^/]+\.ya?ml$/.test(name)),
    readFolder(root, 'sql', (name) => name.endsWith('.sql')),
  ]);
  const isMacro = ([name]: readonly [string, string]): boolean => name.startsWith(macroFolder);
  const macros = sql.filter(isMacro).map(([name, text]) => {
    const macro = name.slice(macroFolder.length, -'.sql'.length);
    return [macro, { path: `sql/${name}`, text }] as const;
  });
  return {
    pipelines: new Map(yaml.map(([name, text]) => [`pipelines/${name}`, text])),
    sql: new Map(sql.filter((file) => !isMacro(file))),
    macros: new Map(macros),
  };
}

async function readFolder(
  root: string,
  folder: string,
  wanted: (name: string) => boolean,
): Promise<readonly (readonly [string, string])[]> {
  const names = await listFolder(path.join(root, folder));
  return Promise.all(
    names
      .filter(wanted)
      .sort()
      .map(async (name) => [name, await readText(path.join(root, folder, name), `${folder}/${name}`)] as const),
  );
}

async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder, { recursive: true });
    return names.map((name) => name.split(path.sep).join('/'));
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return [];
    throw new EtlError('IO', `the folder ${folder} cannot be read`, { cause: error });
  }
}

async function readText(file: string, name: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new EtlError('IO', `${name} cannot be read`, { cause: error });
  }
}
