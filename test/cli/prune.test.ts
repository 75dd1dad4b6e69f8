/** `prune` lists, refuses what is defined, and removes with --yes alone. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chatEtl } from './capture.js';

const folder = mkdtempSync(join(tmpdir(), 'chat-etl-prune-'));
const root = join(folder, 'shop');
const inShop = (...args: readonly string[]) => chatEtl(...args, '--root', root);

beforeAll(async () => {
  expect(await chatEtl('init', root)).toMatchObject({ code: 0 });
  expect(await inShop('run', '--quiet')).toMatchObject({ code: 0 });
  const file = join(root, 'pipelines/chat.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('  messages_daily:', '  daily:'));
  expect(await inShop('run', '--quiet')).toMatchObject({ code: 0 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what is gone is listed, and stays until it is asked for', async () => {
  const { stdout, stderr } = await inShop('prune');
  expect(stdout).toMatch(/^table +is a +rows +last written or looked at\nmessages_daily +table +\d+ +.* ago\n$/);
  expect(stderr).toContain('with --yes they are removed');
  expect((await inShop('query', 'select count(*) from messages_daily')).code).toBe(0);
});

test('what is defined, or no run has made, is not removed', async () => {
  const defined = await inShop('prune', 'daily', '--yes');
  expect(defined.code).toBe(2);
  expect(defined.stderr).toContain('daily is defined: only what is not can be removed');
  const unknown = await inShop('prune', 'mesages_daily', '--yes');
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain("did you mean 'messages_daily'?");
});

test('with --yes it is removed, and then there is nothing', async () => {
  const removed = await inShop('prune', '--yes', '--json');
  expect(JSON.parse(removed.stdout)).toMatchObject([{ table: 'messages_daily', kind: 'table' }]);
  expect((await inShop('query', 'select count(*) from messages_daily')).code).toBe(1);
  const again = await inShop('prune');
  expect(again).toMatchObject({ code: 0, stdout: '' });
  expect(again.stderr).toContain('nothing to remove');
});
