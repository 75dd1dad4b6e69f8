/** Writes a new project into an empty folder. */
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fillChat } from '../demo/fill.js';
import { openChatDatabase } from '../demo/targets.js';
import { EtlError } from '../errors.js';
import { type CommonArguments, printJson, say } from './common.js';
import { projectFiles } from './init-files.js';
import { introspect } from './introspect-sources.js';

/** Of this package, for editors to check the YAML with: two folders up both in `src` and in `dist`. */
const schemaFolder = fileURLToPath(new URL('../../schemas/', import.meta.url));
const schemas = ['config', 'introspected', 'pipeline', 'unit-tests'].map((name) => `${name}.schema.json`);

/** Errors: USAGE where the folder is not empty, IO. */
export async function makeProject(dir: string, flags: Pick<CommonArguments, 'json' | 'root'>): Promise<void> {
  const folder = resolve(flags.root, dir);
  try {
    await refuseUnlessEmpty(folder);
    for (const [path, text] of Object.entries(projectFiles)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    await mkdir(join(folder, 'schemas'), { recursive: true });
    for (const schema of schemas) await copyFile(join(schemaFolder, schema), join(folder, 'schemas', schema));
  } catch (thrown) {
    if (thrown instanceof EtlError) throw thrown;
    throw new EtlError('IO', `the project cannot be written to ${folder}`, { cause: thrown });
  }
  await makeChatDatabase(folder);
  await introspect({ root: folder, json: false, quiet: true });
  if (flags.json) printJson({ folder, files: Object.keys(projectFiles) });
  else say(`made a project in ${dir}; next:\n\n  cd ${dir}\n  chat-etl run\n`);
}

/** Enough to see something, made in a second. */
const messages = 5000;

async function makeChatDatabase(root: string): Promise<void> {
  await mkdir(join(root, 'data'));
  const options = { path: 'data/chat.duckdb' };
  const database = await openChatDatabase({ name: 'oltp', type: 'duckdb', options, root });
  try {
    await fillChat(database, { messages, seed: 1, until: new Date() }, false);
  } finally {
    await database.close();
  }
}

async function refuseUnlessEmpty(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length === 0) return;
  throw new EtlError('USAGE', `the folder ${folder} is not empty`, { hint: 'name a new folder' });
}
