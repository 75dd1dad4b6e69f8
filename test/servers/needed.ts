/** Whether a run has test files that need a server, so that the others start at once. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const testFolder = fileURLToPath(new URL('..', import.meta.url));
const fileBeside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
/** Gives databases on the servers of the run. */
const database = fileBeside('database.ts');
/** Starts servers that a test has for itself. */
const ownServer = fileBeside('own-server.ts');

/** True where one of `files` needs a server that the run has to find or start. */
export function needsServer(files: readonly string[]): Promise<boolean> {
  return doImport(files, [database]);
}

/** True where one of `files` imports one of `wanted`, itself or through files of its own. */
async function doImport(files: readonly string[], wanted: readonly string[]): Promise<boolean> {
  const seen = new Set<string>();
  const waiting = [...files];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (wanted.includes(file)) return true;
    if (seen.has(file)) continue;
    seen.add(file);
    waiting.push(...importsOf(file, await readFile(file, 'utf8').catch(() => '')));
  }
  return false;
}

/** The test files to run, as patterns: all, or with `server` those that need one, of the run or of their own. */
export async function testFiles(which: string | undefined): Promise<string[]> {
  if (which !== 'server') return ['test/**/*.test.ts'];
  const names = await readdir(testFolder, { recursive: true });
  const files = names.filter((name) => name.endsWith('.test.ts')).map((name) => join(testFolder, name));
  const needing = await Promise.all(
    files.map(async (file) => ((await doImport([file], [database, ownServer])) ? [file] : [])),
  );
  return needing.flat().map((file) => relative(dirname(testFolder), file));
}

function importsOf(file: string, text: string): string[] {
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g);
  return [...found].map((match) => resolve(dirname(file), `${match[1]}.ts`));
}
