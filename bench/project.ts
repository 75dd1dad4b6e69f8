/** Our side of a contest: a project in a folder of its own, run by the built program. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tableNames, tables } from '../src/demo/tables.js';
import type { Command } from './race.js';
import type { Login } from './server.js';

/** Beside the compiled benchmark, `build/`. */
const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export type ConnectionOptions = Readonly<Record<string, unknown>>;

export function mysqlConnection({ host, port, user, password }: Login, database: string): ConnectionOptions {
  return { type: 'mysql', host, port, user, password, database };
}

/** Five sources, all read incrementally and with deletes looked for; `models` as file name -> SQL, each a table by its key. */
export async function writeProject(
  folder: string,
  oltp: ConnectionOptions,
  olap: ConnectionOptions,
  models: ReadonlyMap<string, { readonly sql: string; readonly key: string }> = new Map(),
): Promise<void> {
  const sources = tableNames.map((table) => [
    table,
    { table, key: tables[table].key, incremental: { cursor: 'updated_at' }, deletes: { detect: { every: '6h' } } },
  ]);
  const files = new Map<string, string>([
    ['chat-etl.config.yaml', JSON.stringify({ connections: { oltp, olap }, run: { from: 'oltp', into: 'olap' } })],
    ['pipelines/sources.yaml', JSON.stringify({ pipeline: 'sources', sources: Object.fromEntries(sources) })],
  ]);
  if (models.size > 0) {
    const defined = [...models].map(([name, { key }]) => [
      name,
      { sql: `${name}.sql`, strategy: 'table', key: key.split(', ') },
    ]);
    files.set('pipelines/models.yaml', JSON.stringify({ pipeline: 'models', models: Object.fromEntries(defined) }));
    for (const [name, { sql }] of models) files.set(`sql/${name}.sql`, sql);
  }
  await writeFiles(folder, files);
}

/** In the place of all that the folder held. */
export async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const [name, text] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

export function chatEtl(folder: string, ...args: readonly string[]): Command {
  return { program: process.execPath, args: [program, ...args], folder };
}
