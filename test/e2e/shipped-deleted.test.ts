/** The shipped project, once a user and a chat were deleted for good: facts keep them to point at, without their names. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fillChat } from '../../src/demo/fill.js';
import { type ChatDatabase, openChatDatabase } from '../../src/demo/targets.js';
import { openShipped, type Warehouse } from './shipped-project.js';

const until = new Date('2024-06-28T14:00:00Z');

/** Rows of a table in which a text stands. */
function holding(warehouse: Warehouse, text: string): readonly string[] {
  return [...warehouse].flatMap(([table, { rows }]) => (rows.some(({ exact }) => exact.includes(text)) ? [table] : []));
}

test('a user and a chat deleted for good stay in dim_user and dim_chat, flagged and nameless, for all facts of theirs', async () => {
  const project = await openShipped({});
  onTestFinished(() => project.close());
  await mkdir(join(project.root, 'data'));
  const options = { path: 'data/chat.duckdb' };
  const inChat = async <T>(work: (chat: ChatDatabase) => Promise<T>): Promise<T> => {
    const chat = await openChatDatabase({ name: 'oltp', type: 'duckdb', options, root: project.root });
    return work(chat).finally(() => chat.close());
  };
  await inChat(async (chat) => {
    await fillChat(chat, { messages: 300, seed: 4, until }, false);
    await chat.execute(`update users set username = 'Zyzzyva_1', display_name = 'Zyzzyva Ann' where id = 1`, []);
    await chat.execute(`update chats set title = 'Zyzzyva Room' where id = 1`, []);
  });
  await project.run();
  await inChat((chat) =>
    chat.execute(`update users set display_name = 'Zyzzyva Bea', updated_at = '2024-06-28 15:00:00' where id = 1`, []),
  );
  await project.run();
  const before = await project.read();
  expect([...holding(before, 'Zyzzyva')].sort()).toEqual(['dim_chat', 'dim_user', 'stg_chats', 'stg_users']);
  await inChat(async (chat) => {
    await chat.execute('delete from users where id = 1', []);
    await chat.execute('delete from chats where id = 1', []);
  });
  const { warnings } = await project.run([], true, { detect: project.sources });
  expect(warnings).toEqual([]);
  const after = await project.read();
  expect(holding(after, 'Zyzzyva')).toEqual([]);
  const columnsOf = (table: string) => after.get(table)?.types.map(({ name }) => name) ?? [];
  const rowsOf = (table: string, key: string) =>
    (after.get(table)?.rows ?? [])
      .map(({ exact }) => Object.fromEntries(columnsOf(table).map((name, at) => [name, JSON.parse(exact)[at]])))
      .filter((row) => row[key] === '1');
  expect(rowsOf('dim_user', 'user_id').map((row) => [row.username, row.display_name, row.is_deleted])).toEqual([
    [null, null, '0'],
    [null, null, '0'],
    [null, null, '1'],
  ]);
  expect(rowsOf('dim_chat', 'chat_id')).toMatchObject([{ title: null, is_deleted: '1' }]);
  expect(after.get('fact_message')).toEqual(before.get('fact_message'));
  expect(after.get('messages_daily')).toEqual(before.get('messages_daily'));
});
