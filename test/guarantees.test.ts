/** docs/guarantees.md names tests that there are, and lists the changes that break a promise as `npm run test:bites` makes them. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { bites } from './bites/bites.js';

const root = resolve(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8');
const [guarantees = '', changes = ''] = page.split('\n## Changes that break a promise\n');

/** The first column of every table above the list of changes. */
const promises = [...guarantees.matchAll(/^\| (.*?) \| /gm)]
  .map((match) => match[1] ?? '')
  .filter((cell) => cell !== 'promise');

test('every test file that the guarantees name is there', () => {
  const named = [...page.matchAll(/`(test\/[\w./-]+)`/g)].map((match) => match[1] ?? '');
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test('what a bite breaks is a promise of the page', () => {
  expect(promises.length).toBeGreaterThan(30);
  expect(bites.filter(({ promise }) => !promises.includes(promise)).map(({ breaks }) => breaks)).toEqual([]);
});

test('every promise of the page has a bite', () => {
  const bitten = new Set(bites.map(({ promise }) => promise));
  expect(promises.filter((promise) => !bitten.has(promise))).toEqual([]);
});

test('the changes that break a promise are listed as they are made, by promise, in the order of the page', () => {
  const lines = promises.flatMap((promise) =>
    bites
      .filter((bite) => bite.promise === promise)
      .map(({ breaks, file, test: testFile, name }, at) => {
        const first = at === 0 ? `| ${promise} |` : '| |';
        return `${first} ${breaks} | \`${file}\` | \`${testFile}\`: ${name} |`;
      }),
  );
  expect(changes.match(/^\|.* \| `.*$/gm)).toEqual(lines);
});

test.each(bites.map((bite) => [bite.breaks, bite] as const))('what is changed is there, once: %s', (_, bite) => {
  expect(readFileSync(join(root, bite.file), 'utf8').split(bite.before)).toHaveLength(2);
});
