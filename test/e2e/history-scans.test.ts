/** What a run reads of its warehouse does not grow with history: the same changes of the last week, over little and much of it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { TableName } from '../../src/demo/tables.js';
import type { ChatDatabase } from '../../src/demo/targets.js';
import { withChat } from './shipped-chat.js';
import { openShipped } from './shipped-project.js';
import { groupRows, type Scan, watchWarehouse } from './warehouse-scans.js';

const messagesPerDay = 200;
const users = 300;
const chats = 60;
const members = 8 * chats;
const end = "timestamp '2024-07-01 00:00:00'";
const changedAt = "timestamp '2024-07-01 10:00:00'";

/** Of these, models whose partition is the life of a user, a chat or a cohort add up all its months. */
const months = new Set(['chat_activity_monthly', 'chat_senders_monthly', 'user_activity_monthly']);

test('changes of the last week read as much of the warehouse with four times the history', async () => {
  const [little, much] = [await mostRead(120), await mostRead(480)];
  expect([...much.keys()]).toEqual(expect.arrayContaining(['stg_messages', 'fact_message', 'response_time_daily']));
  // Recent rows may begin in the middle of a group, and tables with a row for each day are hardly more than one.
  const grown = [...much.values()].filter(({ table, rowsRead }) => {
    const before = little.get(table)?.rowsRead ?? 0;
    return !months.has(table) && rowsRead > before + 2 * groupRows;
  });
  expect(grown).toEqual([]);
});

/** By table, the scan that read most of it in a run that had changes of the last week, after so many days of history. */
async function mostRead(days: number): Promise<ReadonlyMap<string, Scan>> {
  const watched = watchWarehouse('warehouse.duckdb');
  const project = await openShipped({});
  try {
    await mkdir(join(project.root, 'data'));
    const file = join(project.root, 'data/chat.duckdb');
    const chat = { name: 'oltp', type: 'duckdb', options: { path: file }, root: project.root };
    await withChat(chat, (database) => makeChat(database, days));
    // After the first load the newest rows are read once more.
    for (let run = 0; run < 2; run++) await project.run();
    await withChat(chat, (database) => changeLastWeek(database, days));
    watched.take();
    const { steps } = await project.run();
    expect(steps.filter(({ action }) => action === 'rebuild' || action === 'build')).toEqual([]);
    const most = new Map<string, Scan>();
    for (const scan of watched.take()) {
      if (scan.rowsRead >= (most.get(scan.table)?.rowsRead ?? 0)) most.set(scan.table, scan);
    }
    return most;
  } finally {
    vi.restoreAllMocks();
    await project.close();
  }
}

/** As many messages each day, half as many reactions; ids count the time. */
async function makeChat(chat: ChatDatabase, days: number): Promise<void> {
  const at = (count: number) =>
    `${end} - interval ${days} day + to_microseconds(cast(n * ${(days * 86_400e6) / count} as bigint))`;
  const messages = messagesPerDay * days;
  const selects: Readonly<Record<TableName, readonly [rows: number, select: string]>> = {
    users: [users, `n + 1, 'user_' || n, 'User ' || n, null, 'DE', n % 50 = 0, ${at(users)}, ${at(users)}, null`],
    chats: [chats, `n + 1, 'group', 'Room ' || n, n + 1, ${at(chats)}, ${at(chats)}, null`],
    chat_members: [
      members,
      `1 + n % ${chats}, ${memberOf(`n % ${chats}`, `n // ${chats}`)}, 'member', ${at(members)}, ${at(members)}, null`,
    ],
    messages: [
      messages,
      `n + 1, 1 + n * 7 % ${chats}, ${memberOf(`n * 7 % ${chats}`, '(n * 13 + n // 97) % 8')}, null, 'text ' || n, ${at(messages)}, ${at(messages)}, null, null`,
    ],
    reactions: [
      messages / 2,
      `n + 1, 2 * n + 1, 1 + n * 17 % ${users}, '+', ${at(messages / 2)}, ${at(messages / 2)}, null`,
    ],
  };
  await chat.createTables();
  for (const [table, [rows, select]] of Object.entries(selects)) {
    await chat.execute(`insert into ${table} select ${select} from range(${rows}) numbers(n)`, []);
  }
}

function memberOf(room: string, place: string): string {
  return `1 + (${room} * 31 + ${place}) % ${users}`;
}

async function changeLastWeek(chat: ChatDatabase, days: number): Promise<void> {
  const messages = messagesPerDay * days;
  const statements = [
    `update messages set body = 'edited', edited_at = ${changedAt}, updated_at = ${changedAt}, deleted_at = case when id % 20 = 0 then ${changedAt} end
      where id > ${messages - 7 * messagesPerDay} and id % 7 = 0`,
    `insert into messages select ${messages} + n, 1 + n, 1 + n, null, 'new', ${changedAt}, ${changedAt}, null, null from range(1, 21) numbers(n)`,
    `update reactions set removed_at = ${changedAt}, updated_at = ${changedAt} where id > ${messages / 2} - 50 and id % 5 = 0`,
    `insert into reactions select ${messages / 2} + n, ${messages} - n, 1 + n, '+', ${changedAt}, ${changedAt}, null from range(1, 21) numbers(n)`,
    `update users set display_name = 'Other', updated_at = ${changedAt} where id in (10, 20)`,
    `insert into users select ${users} + n, 'new_' || n, 'New', null, 'DE', false, ${changedAt}, ${changedAt}, null from range(1, 4) numbers(n)`,
    `update chats set title = 'Other', updated_at = ${changedAt} where id in (10, 20)`,
    `insert into chats values (${chats} + 1, 'group', 'New', 1, ${changedAt}, ${changedAt}, null)`,
    `insert into chat_members select ${chats} + 1, n, 'member', ${changedAt}, ${changedAt}, null from range(1, 4) numbers(n)`,
  ];
  for (const statement of statements) expect(await chat.execute(statement, [])).toBeGreaterThan(0);
}
