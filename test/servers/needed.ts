/** Whether a run has test files that need a server, so that the others start at once. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const testFolder = fileURLToPath(new URL('..', import.meta.url));
const database = fileURLToPath(new URL('database.ts', import.meta.url));

/** True where one of `files` imports `database.ts`, itself or through files of its own. */
export async function needsServer(files: readonly string[]): Promise<boolean> {
  const seen = new Set<string>();
  const waiting = [...files];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (file === database) return true;
    if (seen.has(file)) continue;
    seen.add(file);
    waiting.push(...importsOf(file, await readFile(file, 'utf8').catch(() => '')));
  }
  return false;
}

/** The test files to run, as patterns: all, or with `server` those that need one. */
export async function testFiles(which: string | undefined): Promise<string[]> {
  if (which !== 'server') return ['test/**/*.test.ts'];
  const names = await readdir(testFolder, { recursive: true });
  const files = names.filter((name) => name.endsWith('.test.ts')).map((name) => join(testFolder, name));
  const needing = await Promise.all(files.map(async (file) => ((await needsServer([file])) ? [file] : [])));
  return needing.flat().map((file) => relative(dirname(testFolder), file));
}

function importsOf(file: string, text: string): string[] {
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g);
  return [...found].map((match) => resolve(dirname(file), `${match[1]}.ts`));
}
