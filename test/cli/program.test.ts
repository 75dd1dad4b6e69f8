import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { toolVersion } from '../../src/version.js';
import { chatEtl } from './capture.js';

const commands = [
  'run',
  'schedule',
  'validate',
  'introspect',
  'plan',
  'test',
  'list',
  'compile',
  'preview',
  'query',
  'describe',
  'reconcile',
  'history',
  'status',
  'init',
  'new',
  'demo',
];

test('the help names every command and the exit codes', async () => {
  const { code, stdout } = await chatEtl('--help');
  expect(code).toBe(0);
  for (const command of [...commands, 'completion']) expect(stdout).toContain(`chat-etl ${command}`);
  expect(stdout).toContain('3 another run holds the warehouse');
});

test.each(commands)('the help of %s has examples and the common flags, on stdout', async (command) => {
  const { code, stdout, stderr } = await chatEtl(command, '--help');
  expect(code).toBe(0);
  expect(stderr).toBe('');
  expect(stdout).toContain('Examples:');
  for (const flag of ['--env', '--root', '--json', '--log-format', '--quiet']) expect(stdout).toContain(flag);
  const [flags = ''] = stdout.split('Examples:');
  const told = [...flags.matchAll(/^ +(?:-\w, +)?(--[\w-]+)/gm)].map(([, flag]) => flag);
  expect(told).toEqual([...new Set(told)]);
});

test('the version is the package’s', async () => {
  const { code, stdout } = await chatEtl('--version');
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${toolVersion}\n` });
});

test('completion prints a script', async () => {
  const { code, stdout } = await chatEtl('completion');
  expect(code).toBe(0);
  expect(stdout).toContain('begin-chat-etl-completions');
});

test.each([
  [['rnu'], "no command is called 'rnu'", "did you mean 'run'?"],
  [['run', '--pipelin', 'x'], 'there is no flag --pipelin', "did you mean '--pipeline'?"],
  [['run', '--full-refesh=true'], 'there is no flag --full-refesh', "did you mean '--full-refresh'?"],
  [['run', 'facts'], "the argument 'facts' is too much", '--help'],
  [['run', '--env'], 'Not enough arguments following: env', '--help'],
  [['run', '--log-format', 'xml'], 'Invalid values', '--help'],
  [[], 'a command is missing', '--help'],
  [['init'], 'Not enough non-option arguments', '--help'],
  [['schedule', '--every', '5m', '--cron', '* * * * *'], 'mutually exclusive', '--help'],
  [['history', '--limit', '0'], '--limit must be a whole number', ''],
])(
  'wrong usage %j ends with 2, says what and what to do, and writes nothing to stdout',
  async (args, message, hint) => {
    const { code, stdout, stderr } = await chatEtl(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  },
);

test('definitions with mistakes end every command that needs them with 2 and all problems', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'chat-etl-empty-'));
  for (const command of ['run', 'plan', 'history', 'status', 'schedule', 'validate']) {
    const { code, stderr } = await chatEtl(command, '--root', empty);
    expect({ command, code }).toEqual({ command, code: 2 });
    expect(stderr).toContain('chat-etl.config.yaml');
  }
});

/** Modules that a file imports statically, and what they import in turn. */
function staticImports(file: string, found = new Set<string>()): ReadonlySet<string> {
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type)[^;]*?from '([^']+)';/gms,
  )) {
    const path = name.startsWith('.') ? resolve(file, '..', name.replace(/\.js$/, '.ts')) : name;
    if (found.has(path)) continue;
    found.add(path);
    if (name.startsWith('.')) staticImports(path, found);
  }
  return found;
}

test('the program starts without drivers, ajv, handlebars, croner and reports', () => {
  const imports = [...staticImports(resolve('src/cli/main.ts'))];
  const packages = imports.filter((path) => !path.startsWith('/') && !path.startsWith('node:'));
  expect(packages).toEqual(['yargs']);
  expect(imports.filter((path) => /\/src\/(?!cli\/|errors|nearest|version)/.test(path))).toEqual([]);
});

test('a MySQL source is read without knex', () => {
  const imports = [...staticImports(resolve('src/engines/mysql/index.ts'))];
  const packages = imports.filter((path) => !path.startsWith('/') && !path.startsWith('node:'));
  expect(packages.sort()).toEqual(['mysql2', 'tarn']);
});

test('each command has a file of its own that exports it', () => {
  const files = readdirSync('src/cli');
  for (const command of commands) expect(files).toContain(`${command}.ts`);
  expect(execFileSync('head', ['-1', 'src/cli/main.ts'], { encoding: 'utf8' })).toBe('#!/usr/bin/env node\n');
});
