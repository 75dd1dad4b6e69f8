/** `chat-etl new`: what it begins is sound as it stands. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chatEtl } from './capture.js';

const folder = mkdtempSync(join(tmpdir(), 'chat-etl-new-'));
const root = join(folder, 'shop');
const etl = (...args: readonly string[]) => chatEtl(...args, '--root', root);
const read = (path: string) => readFileSync(join(root, path), 'utf8');

beforeAll(async () => {
  expect(await chatEtl('init', root)).toMatchObject({ code: 0 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('sources, models over sources and over models, and a pipeline are valid, tested and run', async () => {
  for (const args of [
    ['source', 'chats'],
    ['source', 'members', '--table', 'chat_members'],
    ['pipeline', 'growth'],
  ]) {
    expect(await etl('new', ...args)).toMatchObject({ code: 0 });
  }
  expect(read('pipelines/chat.yaml')).toContain('incremental: { cursor: updated_at, lookback: 5m }');
  expect(await etl('introspect')).toMatchObject({ code: 0 });
  for (const args of [
    ['chats_daily', '--from', 'chats', '-p', 'growth'],
    ['members_daily', '--from', 'stg_members', '-p', 'chat'],
    ['days', '--from', 'messages_daily', '-p', 'growth'],
  ]) {
    expect(await etl('new', 'model', ...args)).toMatchObject({ code: 0, stderr: expect.stringContaining('next:') });
  }
  expect(await etl('validate')).toMatchObject({ code: 0, stderr: 'OK: 2 pipelines, 3 sources, 4 models\n' });
  expect(await etl('test', '--unit')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('4 unit tests passed'),
  });
  expect(await etl('run', '--quiet')).toMatchObject({ code: 0 });
});

test('nothing that is there is replaced, and a mistake says what to name', async () => {
  const before = read('pipelines/chat.yaml');
  for (const [args, message] of [
    [['model', 'messages_daily', '--from', 'chats', '-p', 'chat'], "there is a table 'messages_daily' already"],
    [['source', 'messages'], "there is a table 'stg_messages' already"],
    [['pipeline', 'chat'], "there is a pipeline 'chat' already"],
    [['model', 'more', '--from', 'stg_chat', '-p', 'chat'], "did you mean 'stg_chats'"],
    [['model', 'more', '--from', 'chats'], "which pipeline gets 'more'?"],
    [['model', 'more', '-p', 'chat'], '--from is missing'],
    [['source', 'rooms', '-p', 'chat'], "connection 'oltp' has no table 'rooms'"],
    [['source', 'rooms', '-p', 'chta'], "did you mean 'chat'"],
    [['model', 'More', '--from', 'chats', '-p', 'chat'], "'More' cannot be a name"],
  ] as const) {
    const { code, stderr } = await etl('new', ...args);
    expect({ args, isRefused: code !== 0 }).toEqual({ args, isRefused: true });
    expect(stderr).toContain(message);
  }
  expect(read('pipelines/chat.yaml')).toBe(before);
  expect(existsSync(join(root, 'sql/more.sql'))).toBe(false);
});
