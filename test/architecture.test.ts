/** The walls of the house: which folder may import which, where drivers are, how long a file gets. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/'));

const imports: readonly Import[] = files.flatMap((file) => {
  const text = readFileSync(join(root, 'src', file), 'utf8');
  const statements = text.matchAll(/^(?:import|export) (type )?[^;]*?from '([^']+)'|import\('([^']+)'\)/gm);
  return [...statements].map((match) => ({
    file,
    target: match[2] ?? match[3] ?? '',
    typeOnly: match[1] !== undefined,
  }));
});

const folderOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : '');

function importedFolder({ file, target }: Import): string {
  return folderOf(relative(join(root, 'src'), resolve(root, 'src', dirname(file), target)).replaceAll('\\', '/'));
}

/** Folder -> folders whose code it may run; types may come from anywhere. */
const mayUse: Readonly<Record<string, readonly string[]>> = {
  config: [],
  template: ['engines'],
  pipeline: ['config', 'template', 'engines'],
  plan: ['pipeline', 'template'],
  introspect: ['config', 'engines'],
  check: ['config', 'pipeline', 'introspect', 'load', 'transform', 'template', 'engines'],
  lineage: ['pipeline'],
  extract: ['engines'],
  load: ['engines'],
  transform: ['load', 'template', 'engines'],
  journal: ['engines'],
  run: ['config', 'pipeline', 'template', 'plan', 'extract', 'load', 'transform', 'journal', 'engines'],
  diff: ['pipeline', 'plan', 'template', 'load', 'transform', 'journal', 'run', 'engines'],
  unit: ['config', 'pipeline', 'introspect', 'check', 'transform', 'journal', 'run', 'engines'],
  engines: [],
  report: ['config', 'journal'],
  scaffold: [],
  schedule: ['config'],
  demo: ['engines', 'report'],
};

describe('imports go one way', () => {
  test.each(Object.entries(mayUse))('%s runs code only of %j', (folder, allowed) => {
    const used = imports
      .filter((it) => folderOf(it.file) === folder && /^\..*\.js$/.test(it.target) && !it.typeOnly)
      .map((it) => ({ ...it, folder: importedFolder(it) }))
      .filter((it) => it.folder !== folder && it.folder !== '' && !allowed.includes(it.folder));
    expect(used).toEqual([]);
  });

  test('every folder has its place in this list', () => {
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== '' && folder !== 'cli'));
    expect([...folders].sort()).toEqual(Object.keys(mayUse).sort());
  });

  test('an engine knows no other engine', () => {
    const across = imports.filter(
      ({ file, target }) => /^engines\/(duckdb|mysql)\//.test(file) && /\.\.\/(duckdb|mysql)\//.test(target),
    );
    expect(across).toEqual([]);
  });
});

test('drivers are imported in the engines and the demo alone', () => {
  const drivers = ['@duckdb/node-api', '@duckdb/node-bindings', 'mysql2', 'mysql2/promise', 'knex'];
  const strangers = imports.filter(
    ({ file, target }) => drivers.includes(target) && !/^(engines\/\w+|demo)\//.test(file),
  );
  expect(strangers).toEqual([]);
});

test('nobody outside the engines and the demo asks for the name of one', () => {
  const named = /[=!]==? '(duckdb|mysql)'|case '(duckdb|mysql)'/;
  const asking = files.filter(
    (file) => !/^(engines|demo)\//.test(file) && named.test(readFileSync(join(root, 'src', file), 'utf8')),
  );
  expect(asking).toEqual([]);
});

test('no file is longer than 250 lines', () => {
  const long = files.filter((file) => readFileSync(join(root, 'src', file), 'utf8').split('\n').length > 251);
  expect(long).toEqual([]);
});
