/** The chat of the benchmark: every row follows from its number, so that two machines compare the same work. */
import { type TableName, tableNames } from '../src/demo/tables.js';
import { openMysqlChat } from '../src/demo/write-mysql.js';
import type { Server } from './server.js';

/** Rows by table, and the days before 2026 that the chat has been going on. */
export type Sizes = Readonly<Record<TableName | 'days', number>>;

/** 287 MB of text in two million messages. */
export const full: Sizes = {
  users: 50_000,
  chats: 10_000,
  chat_members: 80_000,
  messages: 2_000_000,
  reactions: 1_000_000,
  days: 730,
};

/** For CI: seconds a form. */
export const short: Sizes = {
  users: 5_000,
  chats: 1_000,
  chat_members: 8_000,
  messages: 100_000,
  reactions: 50_000,
  days: 730,
};

/** Makes the database on the server, in a few seconds for `short` and about a minute for `full`. */
export async function makeChat(server: Server, sizes: Sizes, database = 'chat'): Promise<void> {
  await server.query(
    `drop database if exists ${database}`,
    `create database ${database} character set utf8mb4`,
    `use ${database}`,
  );
  const chat = await openMysqlChat({
    name: 'oltp',
    type: 'mysql',
    options: { ...server.login, database },
    root: '.',
  });
  await chat.createTables();
  await chat.close();
  for (const table of tableNames) {
    await server.query(`insert into ${database}.${table} ${rows[table](sizes)} from ${sequence(sizes[table])}`);
  }
  await server.query(`analyze table ${tableNames.map((table) => `${database}.${table}`).join(', ')}`);
}

/** MariaDB's own tables of numbers. */
function sequence(count: number): string {
  return `seq_1_to_${count}`;
}

/** The moment of row `seq` of `count`, evenly over the days and to the microsecond. */
function moment(count: number, days: number): string {
  return `'2026-01-01' - interval ${days} day + interval (seq * ${days * 86_400} div ${count}) second + interval (seq * 7919 % 1000000) microsecond`;
}

/** Texts of people: two alphabets, a few lines, tabs and emojis; 10 to 260 characters, 128 in the mean. */
const phrase = `Guten Morgen! Is the build green again? I have pushed the fix for the login page\\nand started the tests; \
it should take ten minutes or so. Спасибо, посмотрю сразу после обеда. Who takes the on-call phone this week? 🎉🎉 \
Let us talk about the numbers of March:\\tusers up, messages up, replies a little slower than in the month before. \
Could somebody look at the dashboard? The path is C:\\\\reports\\\\2024, the password is where it always is. À bientôt, see you on Monday at nine. \
I would rather wait for the second review, but go ahead if it burns.`;

const rows: Readonly<Record<TableName, (sizes: Sizes) => string>> = {
  users: ({
    users,
    days,
  }) => `select seq, concat('user_', seq), concat('User ', seq, if(seq % 3 = 0, ' Ó Néill', ' Smith')),
    if(seq % 5 = 0, null, concat('user_', seq, '@example.org')), elt(1 + seq % 6, 'DE', 'FR', 'US', 'IN', 'BR', null), seq % 50 = 0,
    ${moment(users, days)}, ${moment(users, days)}, if(seq % 97 = 0, '2025-12-31 10:00:00', null)`,
  chats: ({ chats, users, days }) => `select seq, elt(1 + seq % 3, 'direct', 'group', 'channel'),
    if(seq % 3 = 0, null, concat('Room ', seq)), 1 + seq * 7 % ${users}, ${moment(chats, days)}, ${moment(chats, days)}, if(seq % 101 = 0, '2025-12-31 11:00:00', null)`,
  // Each user of a chat once: eight neighbours on a ring.
  chat_members: ({
    chat_members,
    chats,
    users,
    days,
  }) => `select 1 + seq % ${chats}, 1 + (seq % ${chats} * 31 + seq div ${chats}) % ${users},
    if(seq <= ${chats}, 'owner', 'member'), ${moment(chat_members, days)}, ${moment(chat_members, days)}, if(seq % 20 = 0, '2025-12-30 12:00:00', null)`,
  messages: ({
    messages,
    chats,
    users,
    days,
  }) => `select seq, ${chatOf('seq', chats)}, 1 + (${chatOf('seq', chats)} * 31 + seq * 13 % 8) % ${users},
    if(seq % 5 = 0 and seq > ${chats}, seq - ${chats}, null), substr('${phrase}', 1 + seq * 37 % 260, 10 + seq * 91 % 237),
    ${moment(messages, days)}, ${moment(messages, days)} + interval if(seq % 40 = 0, 600, 0) second,
    if(seq % 40 = 0, ${moment(messages, days)} + interval 600 second, null), if(seq % 200 = 0, ${moment(messages, days)} + interval 600 second, null)`,
  // To messages of about the last four thousand.
  reactions: ({
    reactions: count,
    messages,
    users,
    days,
  }) => `select seq, greatest(1, cast(seq * ${messages} div ${count} as signed) - cast(seq * 1999 % 4000 as signed)), 1 + seq * 17 % ${users},
    elt(1 + seq % 5, '👍', '❤️', '😂', '🎉', ':shipit:'), ${moment(count, days)}, ${moment(count, days)}, if(seq % 25 = 0, ${moment(count, days)}, null)`,
};

/** Some chats are far busier than others. */
function chatOf(seq: string, chats: number): string {
  return `1 + (${seq} % 1009 * (${seq} % 1013) * 7 + ${seq}) % if(${seq} % 3 = 0, ${Math.ceil(chats / 20)}, ${chats})`;
}
