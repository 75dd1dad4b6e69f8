import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunRow } from '../../src/journal/types.js';
import type { Plan } from '../../src/plan/types.js';
import type { RunReport } from '../../src/run/events.js';
import { chatEtl } from './capture.js';

// One project, its commands in order.
const folder = mkdtempSync(join(tmpdir(), 'chat-etl-choose-'));
const root = join(folder, 'shop');
const model = join(root, 'sql/messages_daily.sql');

beforeAll(async () => {
  expect(await chatEtl('init', root)).toMatchObject({ code: 0 });
  expect(await chatEtl('run', '--root', root, '--quiet')).toMatchObject({ code: 0 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function planned(...flags: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await chatEtl('plan', '--root', root, '--json', ...flags);
  return (JSON.parse(stdout) as Plan).steps.map(({ step }) => step);
}

async function ran(...flags: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await chatEtl('run', '--root', root, '--json', '--quiet', ...flags);
  return (JSON.parse(stdout) as RunReport).steps.map(({ step }) => step);
}

test('plan and run take what --select names, and what it leaves out keeps its place', async () => {
  expect(await planned('--select', '+messages_daily')).toEqual(['stg_messages', 'messages_daily']);
  expect(await planned('--select', 'messages_daily', 'source:*')).toEqual(['stg_messages', 'messages_daily']);
  expect(await planned('--exclude', 'source:messages')).toEqual(['messages_daily']);
  expect(await ran('-s', 'stg_*')).toEqual(['stg_messages']);
});

test('changed is what differs from the last success, and nothing once that has run', async () => {
  expect(await planned('--select', 'changed')).toEqual([]);
  writeFileSync(model, readFileSync(model, 'utf8').replace('count(*) as', 'count(*) + 0 as'));
  expect(await planned('--select', 'changed')).toEqual(['messages_daily']);
  expect(await ran('--select', 'changed')).toEqual(['messages_daily']);
  expect(await ran('--select', 'changed')).toEqual([]);
});

test('a model whose source was never read ends plan and run with its line and what brings it', async () => {
  const other = join(folder, 'other');
  await chatEtl('init', other);
  for (const command of ['plan', 'run']) {
    const { code, stdout, stderr } = await chatEtl(command, '--root', other, '--select', 'messages_daily');
    const said = stdout + stderr;
    expect(code).toBe(2);
    expect(said).toContain('messages_daily reads stg_messages, which was never built and is not chosen');
    expect(said).toMatch(/sql\/messages_daily\.sql:\d+:\d+/);
    expect(said).toContain('hint: run it with `--select +messages_daily`');
  }
  expect(await chatEtl('run', '--root', other, '-q', '--select', '+messages_daily')).toMatchObject({ code: 0 });
});

test('the journal says what was chosen', async () => {
  await chatEtl('run', '--root', root, '--quiet', '-p', 'chat', '-s', 'stg_*', '--exclude', 'changed');
  const runs = JSON.parse((await chatEtl('history', '--root', root, '--json')).stdout) as readonly RunRow[];
  expect(runs.map(({ selection }) => selection)).toEqual([
    'stg_* --exclude changed',
    'changed',
    'changed',
    'stg_*',
    undefined,
  ]);
  const { stdout } = await chatEtl('history', '--root', root);
  expect(stdout).toMatch(/cli +chat: stg_\* --excl/);
  expect(stdout).toMatch(/cli +all /);
});

test('a mistake ends with 2 before any database is opened', async () => {
  const { code, stdout, stderr } = await chatEtl('run', '--root', root, '--select', 'stg_*,tga:x');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain("--select 'stg_*,tga:x', column 7: there is no 'tga:'");
  expect(stderr).toContain("did you mean 'tag'?");
});
