/** The files of the program as it is installed: few, and none that brings what only another command or engine needs. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const dist = resolve(import.meta.dirname, '../../dist');

/** What a file of `dist` imports as it is loaded, over all files between. */
function loadedBy(file: string, found = new Set<string>()): ReadonlySet<string> {
  const text = readFileSync(join(dist, file), 'utf8');
  const imports = [...text.matchAll(/^(?:import|export)\b[^;'"]*["']([^"']+)["'];/gm)].map((match) => match[1] ?? '');
  for (const target of imports) {
    const name = target.startsWith('.') ? join(file, '..', target) : target;
    if (found.has(name)) continue;
    found.add(name);
    if (target.startsWith('.')) loadedBy(name, found);
  }
  return found;
}

const packagesOf = (file: string) =>
  [...loadedBy(file)].filter((name) => /mysql2|knex|tarn|duckdb\b|node-api|node-bindings/.test(name)).sort();

const chunksOf = (file: string) => [...loadedBy(file)].filter((name) => name.startsWith('chunks/'));

test('a start reads one file, and brings nothing that a command needs', () => {
  expect(chunksOf('cli/main.js').sort()).toEqual(['chunks/rolldown-runtime.js', 'chunks/start.js']);
});

test('a run reads a dozen files before it opens a database, and no driver', () => {
  expect(packagesOf('chunks/run.js')).toEqual([]);
  expect(chunksOf('chunks/run.js').length).toBeLessThan(16);
});

test('an engine brings its own driver alone', () => {
  expect(packagesOf('chunks/duckdb.js')).toEqual(['@duckdb/node-bindings', 'chunks/@duckdb-node-api.js']);
  expect(packagesOf('chunks/mysql.js')).toEqual(['chunks/tarn.js', 'mysql2']);
});
