/**
 * The tests bite: a copy of the project, changed so that a promise is broken, has a failing test for it.
 * Slow, so not among the tests: `npm run test:bites`.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import '../servers/database.js'; // the tests of the copies use this run's servers
import { type Bite, bites } from './bites.js';

const root = resolve(import.meta.dirname, '../..');

/** A copy of the project with a server of its own; one for each bite that is tried at a time. */
interface Place {
  readonly copy: string;
  readonly serverUrl: string;
}

const places: Place[] = [];
beforeAll(async () => {
  for (const serverUrl of inject('testServerUrls')) places.push({ copy: copyOfProject(), serverUrl });
  // In a copy where nothing can pass, a failing test would show nothing.
  const passing = bites[0];
  if (passing === undefined) throw new Error('there are no bites');
  const unchanged = await Promise.all(places.map((place) => outcome(place, passing)));
  expect(unchanged, 'in unchanged copies').toEqual(places.map(() => 'passed'));
});
afterAll(() => {
  for (const { copy } of places) rmSync(copy, { recursive: true, force: true });
});

function copyOfProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'chat-etl-bites-'));
  const parts = [
    'src',
    'test',
    'schemas',
    'sql',
    'pipelines',
    'unit_tests',
    'introspected',
    'dist',
    'chat-etl.config.yaml',
  ];
  for (const part of [...parts, 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Runs one test of the copy: passed, failed or not found. */
async function outcome({ copy, serverUrl }: Place, { test: file, name }: Bite): Promise<string> {
  const output = join(copy, 'report.json');
  rmSync(output, { force: true });
  const pattern = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const args = ['vitest', 'run', file, '-t', pattern, '--reporter=json', `--outputFile=${output}`];
  const env = { ...process.env, CHAT_ETL_TEST_MYSQL_URL: serverUrl };
  await new Promise<void>((done) => execFile('npx', args, { cwd: copy, env }, () => done()));
  const report: Report = JSON.parse(readFileSync(output, 'utf8'));
  const statuses = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ fullName }) => fullName.includes(name))
    .map(({ status }) => status);
  return (
    statuses.find((status) => status === 'failed') ?? statuses.find((status) => status === 'passed') ?? 'not found'
  );
}

test.concurrent.each(bites.map((bite) => [bite.breaks, bite] as const))('%s', async (_, bite) => {
  const place = places.pop();
  if (place === undefined) throw new Error('more bites at once than copies of the project');
  const file = join(place.copy, bite.file);
  const text = readFileSync(file, 'utf8');
  try {
    expect(text.split(bite.before), `${bite.file} holds what is to be changed once`).toHaveLength(2);
    writeFileSync(
      file,
      text.replace(bite.before, () => bite.after),
    );
    expect(await outcome(place, bite)).toBe('failed');
  } finally {
    writeFileSync(file, text);
    places.push(place);
  }
});
