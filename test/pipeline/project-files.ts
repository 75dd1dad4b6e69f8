/** Small projects in temporary folders. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/types.js';
import { loadDialect } from '../../src/engines/registry.js';
import type { CompileOptions } from '../../src/pipeline/load.js';

export const plainConfig = `
connections:
  oltp: { type: duckdb, path: chat.duckdb }
  olap: { type: duckdb, path: warehouse.duckdb }
run: { from: oltp, into: olap }
`;

/** Writes the files and gives the folder; it is removed after the test. */
export async function projectWith(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'chat-etl-project-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return root;
}

/** The config of a project with `plainConfig` and these files. */
export async function configWith(files: Readonly<Record<string, string>>): Promise<Config> {
  const root = await projectWith({ 'chat-etl.config.yaml': plainConfig, ...files });
  return loadConfig({ root, env: {} });
}

const strategies = { view: true, table: true, append: true, merge: true, partition: true, snapshot: true } as const;

export async function compileOptions(options: Partial<CompileOptions> = {}): Promise<CompileOptions> {
  return { engine: 'mysql', strategies, dialect: await loadDialect('mysql'), ...options };
}
