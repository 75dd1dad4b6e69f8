/** The chat database that the shipped project is shown on: the demo's data, and two rounds of all kinds of changes to it. */
import { changeChat } from '../../src/demo/changes.js';
import { fillChat } from '../../src/demo/fill.js';
import { type ChatDatabase, openChatDatabase } from '../../src/demo/targets.js';
import { openMysqlChat } from '../../src/demo/write-mysql.js';
import { freshDatabase, type TestDatabase } from '../servers/database.js';

export const size = { messages: 4000, seed: 20_240_628, until: new Date('2024-06-28T14:00:00Z') };

/** The moments of the two rounds of changes. */
const rounds = ['2024-06-28 15:00:00.000000', '2024-07-02 10:00:00.123456'] as const;

export interface ShippedChat {
  readonly database: TestDatabase;
  change(round: 1 | 2): Promise<void>;
  close(): Promise<void>;
}

export async function openShippedChat(): Promise<ShippedChat> {
  const database = await freshDatabase('shipped_oltp');
  const chat = await openMysqlChat({ name: 'oltp', type: 'mysql', options: database.options, root: '.' });
  await fillChat(chat, size, false);
  const [seen] = await database.query('select max(updated_at) - interval 4 minute as late from messages');
  return {
    database,
    async change(round) {
      const moment = rounds[round - 1] ?? '';
      await changeChat(chat, { seed: size.seed, round, now: new Date(`${moment.replace(' ', 'T')}Z`), messages: 60 });
      for (const statement of changesOf(round, `'${moment}'`, `'${seen?.late}'`)) await database.query(statement);
    },
    async close() {
      await chat.close();
      await database.drop();
    },
  };
}

/** The statements of a round, beyond those of `changeChat`; which rows they meet differs by round, and some meet in both. */
function changesOf(round: 1 | 2, now: string, late: string): readonly string[] {
  const every = (rows: number, rest: number) => `(id + ${round * 31}) % ${rows} = ${rest}`;
  const forBoth = [
    // Late edits, to nothing and to what counts by code points.
    `update messages set body = concat(body, ' 🎉 ещё'), edited_at = ${now}, updated_at = ${now} where ${every(53, 1)}`,
    `update messages set body = '', edited_at = ${now}, updated_at = ${now} where ${every(211, 2)}`,
    `update messages set edited_at = null, updated_at = ${now} where edited_at is not null and ${every(3, 0)}`,
    // To other chats, senders, days, months, and to the borders of days.
    `update messages set chat_id = 1 + chat_id % 40, reply_to_id = null, updated_at = ${now} where ${every(61, 3)}`,
    `update messages set user_id = 1 + user_id % 200, updated_at = ${now} where ${every(71, 4)}`,
    `update messages set created_at = created_at - interval 3 day, updated_at = ${now} where ${every(67, 5)}`,
    `update messages set created_at = created_at + interval 33 day, updated_at = ${now}
      where ${every(73, 6)} and created_at < '2024-05-20'`,
    `update messages set created_at = '2024-03-31 23:59:59.999999', updated_at = ${now} where ${every(509, 7)}`,
    `update messages set created_at = '2024-04-01', updated_at = ${now} where ${every(509, 8)}`,
    // Soft deletes and undeletes: of some, of a whole day, of a user with few messages, of a chat.
    `update messages set deleted_at = ${now}, updated_at = ${now} where ${every(79, 9)}`,
    `update messages set deleted_at = null, updated_at = ${now} where deleted_at < ${now} and ${every(2, 0)}`,
    `update messages set deleted_at = ${now}, updated_at = ${now} where date(created_at) = '2024-05-${13 + round}'`,
    `update messages set deleted_at = ${now}, updated_at = ${now} where user_id in (select user_id from
      (select user_id from messages group by user_id having count(*) < 9 order by user_id limit 3) few)`,
    `update chats set deleted_at = ${now}, title = null, updated_at = ${now} where ${every(13, 10)}`,
    // Reactions: removed, given back, moved to another message.
    `update reactions set removed_at = ${now}, updated_at = ${now} where ${every(17, 11)}`,
    `update reactions set removed_at = null, updated_at = ${now} where removed_at < ${now} and ${every(2, 1)}`,
    `update reactions set message_id = 1 + message_id % 4000, updated_at = ${now} where ${every(59, 12)}`,
    // Users: renamed by case and by a trailing space alone, deleted, undeleted, to bots and back, a change nobody copies.
    `update users set display_name = upper(display_name), updated_at = ${now} where ${every(23, 13)}`,
    `update users set display_name = concat(display_name, ' '), updated_at = ${now} where ${every(29, 14)}`,
    `update users set deleted_at = null, updated_at = ${now} where deleted_at is not null and ${every(2, 1)}`,
    `update users set deleted_at = ${now}, updated_at = ${now} where deleted_at is null and ${every(19, 15)}`,
    `update users set is_bot = 1 - is_bot, updated_at = ${now} where ${every(31, 16)}`,
    `update users set is_bot = 1 - is_bot, updated_at = ${now} where id = (select user_id from
      (select user_id from messages group by user_id order by count(*) desc, user_id limit 1 offset ${round}) busy)`,
    `update users set email = null, updated_at = ${now} where ${every(11, 17)}`,
    `update chat_members set left_at = if(left_at is null, ${now}, null), updated_at = ${now}
      where (chat_id * 7 + user_id + ${round}) % 13 = 0`,
  ];
  const once = {
    1: [
      // Rows that name others which come with the next round only.
      `insert into reactions (message_id, user_id, emoji, created_at, updated_at)
        select max(id) + 30, 5, '👍', ${now}, ${now} from messages`,
      `insert into messages (chat_id, user_id, body, created_at, updated_at)
        select 3, max(id) + 1, 'from somebody new', ${now}, ${now} from users`,
      `insert into messages (chat_id, user_id, body, created_at, updated_at)
        select max(id) + 1, 5, 'to a new chat', ${now}, ${now} from chats`,
    ],
    2: [
      `insert into chats (type, title, created_by, created_at, updated_at) values ('group', 'New ', 5, ${now}, ${now})`,
      `update users set is_bot = 1 order by id desc limit 1`,
      // What an application with a slow clock stamped: below what was read at first, within the lookback.
      `insert into messages (chat_id, user_id, body, created_at, updated_at) values (4, 6, 'late', ${late}, ${late})`,
      `update messages set deleted_at = ${late}, updated_at = ${late} where ${every(97, 18)}`,
    ],
  };
  return [...forBoth, ...once[round]];
}

/** Opens a chat database for `work` alone. */
export async function withChat(
  connection: Parameters<typeof openChatDatabase>[0],
  work: (chat: ChatDatabase) => Promise<void>,
): Promise<void> {
  const chat = await openChatDatabase(connection);
  await work(chat).finally(() => chat.close());
}
