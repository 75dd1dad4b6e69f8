/** Whether a run has test files that need a server, so that the others start at once. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

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

function importsOf(file: string, text: string): string[] {
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g);
  return [...found].map((match) => resolve(dirname(file), `${match[1]}.ts`));
}
