/** The program as it is installed lays its help out in plain characters, without what yargs has for others. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import wrapAnsi from '../../bundle/plain-text/wrap-ansi.js';
import { chatEtl } from '../cli/capture.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

test.each([
  ['--help'],
  ...['run', 'schedule', 'validate', 'plan', 'reconcile', 'history', 'status', 'init', 'demo'].map((name) => [name]),
  ['demo', 'generate'],
])('the help of %s %s reads as yargs lays it out, and all of it is plain', async (...command) => {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...command, '--help']);
  expect(stdout).toBe((await chatEtl(...command, '--help')).stdout);
  expect(stdout).toMatch(/^[\n\x20-\x7E]+$/);
});

test('a narrow terminal gets lines of its width, without spaces at their ends, and breaks what is longer', () => {
  expect(wrapAnsi('Read the sources  and bring', 12)).toBe('Read the\nsources  and\nbring');
  expect(wrapAnsi('  one two\n\nthree ', 7)).toBe('one two\n\nthree');
  expect(wrapAnsi('a --ignore-quiet-hours b', 8)).toBe('a\n--ignore\n-quiet-h\nours b');
});

test('what every start reads knows no emoji: compiling a pattern of all of them takes as long as the rest of it', () => {
  const start = readFileSync(fileURLToPath(new URL('../../dist/chunks/start.js', import.meta.url)), 'utf8');
  expect(start).not.toMatch(/\\p\{/);
});
