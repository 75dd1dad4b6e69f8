/** docs/guarantees.md names tests that there are, and lists the changes that break a promise as `npm run test:bites` makes them. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { type Bite, bites } from './bites/bites.js';

const root = resolve(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8');
const [guarantees = '', changes = ''] = page.split('\n## Changes that break a promise\n');

/** The rows of every table above the list of changes: a promise, and what shows it. */
const rows = [...guarantees.matchAll(/^\| (.*) \|$/gm)]
  .map((match) => (match[1] ?? '').split(' | '))
  .filter(([first]) => first !== 'promise')
  .map(([promise = '', _restsOn, shownBy = '']) => ({ promise, shownBy }));
const promises = rows.map(({ promise }) => promise);

test('every test file that the guarantees name is there', () => {
  const named = [...page.matchAll(/`(test\/[\w./-]+)`/g)].map((match) => match[1] ?? '');
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test('what a bite breaks is a promise of the page, and its test is one of those that show it', () => {
  expect(promises.length).toBeGreaterThan(30);
  const isShown = ({ promise, test: file }: Bite) =>
    rows.some((row) => row.promise === promise && row.shownBy.includes(`\`${file}\``));
  expect(bites.filter((bite) => !isShown(bite)).map(({ breaks, test: file }) => `${breaks}: ${file}`)).toEqual([]);
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
