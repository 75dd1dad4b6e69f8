import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { changeChat } from '../../src/demo/changes.js';
import { fillChat } from '../../src/demo/fill.js';
import { generateChat } from '../../src/demo/generate.js';
import { formatMoment, tableNames, tables } from '../../src/demo/tables.js';
import { type ChatDatabase, openChatDatabase } from '../../src/demo/targets.js';
import { openMysqlChat } from '../../src/demo/write-mysql.js';
import { freshDatabase } from '../servers/database.js';
import { firstDifference, plainTables, readTables, rowsOf } from './rows.js';

const size = { messages: 3_000, seed: 5, until: new Date('2024-06-15T14:00:00Z') };

async function openDuckdb(): Promise<ChatDatabase> {
  const root = await mkdtemp(join(tmpdir(), 'chat-etl-demo-'));
  const database = await openChatDatabase({ name: 'oltp', type: 'duckdb', options: { path: 'chat.duckdb' }, root });
  onTestFinished(async () => {
    await database.close();
    await rm(root, { recursive: true });
  });
  return database;
}

async function openServer(settings: { readonly inserts?: boolean } = {}): Promise<ChatDatabase> {
  const server = await freshDatabase('demo');
  const database = await openMysqlChat({ name: 'oltp', type: 'mysql', options: server.options, root: '.' }, settings);
  onTestFinished(async () => {
    await database.close();
    await server.drop();
  });
  return database;
}

const opened: Readonly<Record<string, () => Promise<ChatDatabase>>> = {
  'a DuckDB file': openDuckdb,
  'a server by LOAD DATA': openServer,
  'a server by inserts': () => openServer({ inserts: true }),
};

for (const [place, open] of Object.entries(opened)) {
  test(`what is written to ${place} is read back the same, odd characters included`, async () => {
    const database = await open();
    const counts = await fillChat(database, size, false);
    const expected = plainTables(rowsOf(generateChat(size)));
    expect(firstDifference(await readTables(database), expected)).toBeUndefined();
    for (const name of tableNames) expect(counts[name]).toBe(expected[name].length);
  });

  test(`rows in ${place} are only lost when that is asked for`, async () => {
    const database = await open();
    await fillChat(database, { ...size, messages: 50 }, false);
    const before = await readTables(database);
    await expect(fillChat(database, size, false)).rejects.toMatchObject({ code: 'USAGE' });
    expect(firstDifference(await readTables(database), before)).toBeUndefined();
    await fillChat(database, { ...size, messages: 60 }, true);
    expect((await readTables(database)).messages).toHaveLength(60);
  });
}

test('every changed row has the moment of the change as its updated_at, and no other row is touched', async () => {
  const database = await openDuckdb();
  await fillChat(database, size, false);
  const before = await readTables(database);
  const now = new Date('2024-06-15T15:00:00Z');
  const counts = await changeChat(database, { seed: 1, round: 1, now });
  const after = await readTables(database);
  const changed = Object.fromEntries(
    tableNames.map((name) => {
      const old = new Set(before[name].map((row) => JSON.stringify(row)));
      const rows = after[name].filter((row) => !old.has(JSON.stringify(row)));
      const column = tables[name].columns.findIndex((one) => one.name === 'updated_at');
      expect(rows.map((row) => row[column])).toEqual(rows.map(() => formatMoment(now.getTime() * 1000)));
      return [name, rows.length];
    }),
  );
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
  expect(changed).toMatchObject({
    chats: 0,
    users: counts.newUsers + counts.renamedUsers,
    chat_members: counts.joinedMembers + counts.leftMembers,
    reactions: counts.newReactions + counts.removedReactions,
  });
  // The same message may be edited and moved.
  const touched = counts.newMessages + counts.editedMessages + counts.deletedMessages + counts.movedMessages;
  expect(changed.messages).toBeGreaterThan(counts.newMessages);
  expect(changed.messages).toBeLessThanOrEqual(touched);
});

test('a round of changes is the same on DuckDB and on a server, and rounds differ', async () => {
  const [duckdb, server] = await Promise.all([openDuckdb(), openServer()]);
  const counts = [];
  for (const database of [duckdb, server]) {
    await fillChat(database, size, false);
    const first = await changeChat(database, { seed: 9, round: 1, now: new Date('2024-06-15T15:00:00Z') });
    const second = await changeChat(database, { seed: 9, round: 2, now: new Date('2024-06-15T16:00:00Z') });
    counts.push([first, second]);
  }
  expect(counts[0]).toEqual(counts[1]);
  const tables = await readTables(duckdb);
  expect(firstDifference(tables, await readTables(server))).toBeUndefined();
  const bodiesOf = (stamp: string) => tables.messages.filter((row) => row[5]?.includes(stamp)).map((row) => row[4]);
  expect(bodiesOf('2024-06-15 15:')).not.toEqual(bodiesOf('2024-06-15 16:'));
});
