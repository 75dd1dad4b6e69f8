/** docs/guarantees.md names tests that there are, and lists the changes that break a promise as `npm run test:bites` makes them. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { bites } from './bites/bites.js';

const root = resolve(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8');

test('every test file that the guarantees name is there', () => {
  const named = [...page.matchAll(/`(test\/[\w./-]+)`/g)].map((match) => match[1] ?? '');
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test('the changes that break a promise are listed as they are made', () => {
  const [, listed = ''] = page.split('\n## Changes that break a promise\n');
  const lines = bites.map(
    ({ breaks, file, test: testFile, name }) => `| ${breaks} | \`${file}\` | \`${testFile}\`: ${name} |`,
  );
  expect(listed.match(/^\| .* \| `.*$/gm)).toEqual(lines);
});

test.each(bites.map((bite) => [bite.breaks, bite] as const))('what is changed is there, once: %s', (_, bite) => {
  expect(readFileSync(join(root, bite.file), 'utf8').split(bite.before)).toHaveLength(2);
});
