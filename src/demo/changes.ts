/** Changes the demo's chat database a little, as an hour of life would. */
import type { Parameter } from '../engines/types.js';
import { type Random, randomOf } from './random.js';
import { type DemoRow, formatMoment, type TableName } from './tables.js';
import type { ChatDatabase } from './targets.js';
import { editedBody, messageBody } from './text.js';
import { emoji, firstNames, lastNames } from './words.js';

export interface ChangeOptions {
  readonly seed: number;
  /** A number for each call on the same database, so that every round changes something else. */
  readonly round: number;
  /** The moment of all changes, in `updated_at` too; now by default. */
  readonly now?: Date;
  /** Of the new messages; the other changes are in proportion. Default: 1 in 400 of those there, 20 to 500. */
  readonly messages?: number;
}

export interface ChangeCounts {
  readonly newUsers: number;
  readonly renamedUsers: number;
  readonly joinedMembers: number;
  readonly leftMembers: number;
  readonly newMessages: number;
  /** Recent ones and one of long ago. */
  readonly editedMessages: number;
  readonly deletedMessages: number;
  readonly movedMessages: number;
  readonly newReactions: number;
  readonly removedReactions: number;
}

/** Makes one round of changes in one transaction; the rows of each kind. */
export function changeChat(database: ChatDatabase, options: ChangeOptions): Promise<ChangeCounts> {
  return database.transaction(async () => {
    const random = randomOf(options.seed * 7919 + options.round * 104_729 + 1);
    const now = (options.now ?? new Date()).getTime() * 1000;
    const last = await lastIds(database);
    const count = options.messages ?? Math.max(20, Math.min(500, Math.round(last.messages / 400)));
    const round = { database, random, now, last, part: (share: number) => Math.max(1, Math.round(count * share)) };
    const users = await addUsers(round, round.part(0.02));
    // Before the new messages, so that a change of one is not a new row to the next read.
    const changed = {
      renamedUsers: await renameUsers(round, round.part(0.006)),
      leftMembers: await leaveChats(round, round.part(0.006)),
      ...(await editMessages(round)),
      deletedMessages: await deleteMessages(round, round.part(0.01)),
      movedMessages: await moveMessage(round),
      removedReactions: await removeReactions(round, round.part(0.02)),
    };
    return {
      ...changed,
      newUsers: users.length,
      joinedMembers: await joinChats(round, users),
      newMessages: await addMessages(round, count),
      newReactions: await addReactions(round, round.part(0.2)),
    };
  });
}

interface Round {
  readonly database: ChatDatabase;
  readonly random: Random;
  readonly now: number;
  readonly last: Readonly<Record<'users' | 'chats' | 'messages' | 'reactions', number>>;
  /** So many rows of a kind, by its share of the new messages. */
  readonly part: (share: number) => number;
}

async function lastIds({ query }: ChatDatabase): Promise<Round['last']> {
  const last = async (table: TableName) => {
    const [row] = await query(`select coalesce(max(id), 0) as last_id from ${table}`);
    return Number(row?.last_id);
  };
  return {
    users: await last('users'),
    chats: await last('chats'),
    messages: await last('messages'),
    reactions: await last('reactions'),
  };
}

async function addUsers({ database, random, now, last }: Round, count: number): Promise<readonly number[]> {
  const ids = Array.from({ length: count }, (_, index) => last.users + index + 1);
  const rows = ids.map((id): DemoRow => {
    const name = `${random.pick(firstNames)} ${random.pick(lastNames)}`;
    return [id, `user_${id}`, name, `user${id}@example.com`, null, false, now, now, null];
  });
  await database.write({ table: 'users', rows });
  return ids;
}

async function joinChats({ database, random, now, last }: Round, users: readonly number[]): Promise<number> {
  const chats = await liveIds(database, 'chats', `type = 'group' and deleted_at is null`, last.chats, random, 200);
  if (chats.length === 0) return 0;
  const rows = users.map((id): DemoRow => [random.pick(chats), id, 'member', now, now, null]);
  await database.write({ table: 'chat_members', rows });
  return rows.length;
}

async function renameUsers({ database, random, now, last }: Round, count: number): Promise<number> {
  const ids = await liveIds(database, 'users', 'deleted_at is null', last.users, random, count);
  let renamed = 0;
  for (const id of ids) {
    const sql = 'update users set display_name = ?, updated_at = ? where id = ?';
    const name = `${random.pick(firstNames)} ${random.pick(lastNames)} ${random.pick(emoji)}`;
    renamed += await database.execute(sql, [name, formatMoment(now), id]);
  }
  return renamed;
}

async function leaveChats({ database, random, now, last }: Round, count: number): Promise<number> {
  const members = await presentMembers(database, random, last.users, count * 10);
  let left = 0;
  for (const { chatId, userId } of members.filter(({ role }) => role === 'member').slice(0, count)) {
    const sql = 'update chat_members set left_at = ?, updated_at = ? where chat_id = ? and user_id = ?';
    left += await database.execute(sql, [formatMoment(now), formatMoment(now), chatId, userId]);
  }
  return left;
}

async function addMessages({ database, random, now, last }: Round, count: number): Promise<number> {
  const writers = await presentMembers(database, random, last.users, Math.min(300, count));
  if (writers.length === 0) return 0;
  const before = new Map<number, number>();
  const rows = Array.from({ length: count }, (_, index): DemoRow => {
    const { chatId, userId } = random.pick(writers);
    const id = last.messages + index + 1;
    const replyTo = random.chance(0.3) ? (before.get(chatId) ?? null) : null;
    before.set(chatId, id);
    return [id, chatId, userId, replyTo, messageBody(random), now, now, null, null];
  });
  await database.write({ table: 'messages', rows });
  return count;
}

async function editMessages({ database, random, now, last, part }: Round): Promise<{ editedMessages: number }> {
  const recent = await liveIds(database, 'messages', 'deleted_at is null', last.messages, random, part(0.03));
  const old = await liveIds(database, 'messages', 'deleted_at is null', Math.ceil(last.messages / 4), random, 1);
  let editedMessages = 0;
  for (const id of new Set([...recent, ...old])) {
    const sql = 'update messages set body = ?, edited_at = ?, updated_at = ? where id = ?';
    editedMessages += await database.execute(sql, [editedBody(random), formatMoment(now), formatMoment(now), id]);
  }
  return { editedMessages };
}

async function deleteMessages({ database, random, now, last }: Round, count: number): Promise<number> {
  const ids = await liveIds(database, 'messages', 'deleted_at is null', last.messages, random, count);
  return stampAll(database, 'messages', 'deleted_at', ids, now);
}

/** A message goes to another chat: what depends on its chat must follow, in both chats. */
async function moveMessage({ database, random, now, last }: Round): Promise<number> {
  const [message] = await liveIds(database, 'messages', 'deleted_at is null', last.messages, random, 1);
  const [chat] = await liveIds(database, 'chats', 'deleted_at is null', last.chats, random, 1);
  if (message === undefined || chat === undefined) return 0;
  const sql = 'update messages set chat_id = ?, reply_to_id = null, updated_at = ? where id = ? and chat_id <> ?';
  return database.execute(sql, [chat, formatMoment(now), message, chat]);
}

async function addReactions({ database, random, now, last }: Round, count: number): Promise<number> {
  const messages = await liveIds(database, 'messages', 'deleted_at is null', last.messages, random, count);
  const members = await presentMembers(database, random, last.users, count);
  if (messages.length === 0 || members.length === 0) return 0;
  const rows = Array.from({ length: count }, (_, index): DemoRow => {
    const { userId } = random.pick(members);
    return [last.reactions + index + 1, random.pick(messages), userId, random.pick(emoji), now, now, null];
  });
  await database.write({ table: 'reactions', rows });
  return count;
}

async function removeReactions({ database, random, now, last }: Round, count: number): Promise<number> {
  const ids = await liveIds(database, 'reactions', 'removed_at is null', last.reactions, random, count);
  return stampAll(database, 'reactions', 'removed_at', ids, now);
}

function stampAll(
  database: ChatDatabase,
  table: TableName,
  column: string,
  ids: readonly number[],
  now: number,
): Promise<number> {
  if (ids.length === 0) return Promise.resolve(0);
  const stamps: Parameter[] = [formatMoment(now), formatMoment(now)];
  return database.execute(
    `update ${table} set ${column} = ?, updated_at = ? where id in (${ids.map(() => '?').join(', ')})`,
    [...stamps, ...ids],
  );
}

/** Up to `count` ids from 1 to `lastId` of rows that fulfil `condition`. */
async function liveIds(
  { query }: ChatDatabase,
  table: TableName,
  condition: string,
  lastId: number,
  random: Random,
  count: number,
): Promise<readonly number[]> {
  const drawn = drawIds(random, lastId, count * 4 + 20);
  const rows = await query(`select id from ${table} where id in (${drawn.join(', ')}) and ${condition} order by id`);
  const live = new Set(rows.map((row) => Number(row.id)));
  return drawn.filter((id) => live.has(id)).slice(0, count);
}

interface PresentMember {
  readonly chatId: number;
  readonly userId: number;
  readonly role: string;
}

async function presentMembers(
  { query }: ChatDatabase,
  random: Random,
  lastUserId: number,
  count: number,
): Promise<readonly PresentMember[]> {
  const rows = await query(
    `select m.chat_id, m.user_id, m.role from chat_members m join users u on u.id = m.user_id
     where m.left_at is null and u.deleted_at is null and m.user_id in (${drawIds(random, lastUserId, count * 2).join(', ')})
     order by m.chat_id, m.user_id`,
  );
  return rows
    .map((row) => ({ chatId: Number(row.chat_id), userId: Number(row.user_id), role: String(row.role) }))
    .filter(() => random.chance(0.7))
    .slice(0, count);
}

/** Different ids from 1 to `lastId`, in random order; never none, so that they can stand in a list. */
function drawIds(random: Random, lastId: number, count: number): readonly number[] {
  return [...new Set(Array.from({ length: count }, () => 1 + random.below(Math.max(1, lastId))))];
}
