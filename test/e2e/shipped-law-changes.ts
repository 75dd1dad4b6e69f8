/** All that can happen to a chat which the shipped project's aggregates must follow, drawn at random. */
import type { Random } from '../../src/demo/random.js';
import { formatMoment } from '../../src/demo/tables.js';
import type { ChatDatabase } from '../../src/demo/targets.js';
import { dayMicros } from '../../src/demo/window.js';

export interface Moment {
  readonly chat: ChatDatabase;
  readonly random: Random;
  /** Microseconds since 1970: the `updated_at` of every changed row. */
  readonly now: number;
}

/** Makes a change; how many rows it changed. */
export type Change = (moment: Moment) => Promise<number>;

const live = 'deleted_at is null';
const long = 730 * dayMicros;

export const changes: Readonly<Record<string, Change>> = {
  "a user's first message is deleted": async (moment) =>
    set(moment, 'messages', await firstMessage(moment), 'deleted_at', stamp(moment)),
  "a user's first message is edited": async (moment) =>
    set(moment, 'messages', await firstMessage(moment), 'edited_at', stamp(moment)),
  "a user's first message was sent two years before": async (moment) =>
    set(moment, 'messages', await firstMessage(moment), 'created_at', formatMoment(someTime(moment) - long)),
  "a user's first message of two years before comes in": async (moment) =>
    addMessage(moment, await userOf(moment), someTime(moment) - long),
  "a user's week is deleted": async ({ chat, random, now }) => {
    const { user, sentAt } = random.pick(await sentMessages(chat));
    const sql = 'update messages set deleted_at = ?, updated_at = ? where user_id = ? and created_at between ? and ?';
    const week = [formatMoment(sentAt), formatMoment(sentAt + 7 * dayMicros)];
    return chat.execute(sql, [formatMoment(now), formatMoment(now), user, ...week]);
  },
  'a message moves to another chat': async (moment) =>
    set(moment, 'messages', await message(moment), 'chat_id', await anyId(moment, 'chats')),
  'a message moves to another day': async (moment) =>
    set(moment, 'messages', await message(moment), 'created_at', formatMoment(someTime(moment))),
  'a message moves to another user': async (moment) =>
    set(moment, 'messages', await message(moment), 'user_id', await userOf(moment)),
  'a message comes in': async (moment) => addMessage(moment, await userOf(moment), moment.now),
  'a message comes in long after all others': async (moment) =>
    addMessage(moment, await userOf(moment), moment.now + (1 + moment.random.below(90)) * dayMicros),
  "a user's first message of two years before is edited": async (moment) =>
    set(moment, 'messages', await firstMessageOfOld(moment), 'edited_at', stamp(moment)),
  'the last messages of all are deleted': async (moment) => {
    const [row] = await moment.chat.query(`select cast(max(created_at) as char(26)) as at from messages where ${live}`);
    const sql = `update messages set deleted_at = ?, updated_at = ? where created_at >= cast(? as date) and ${live}`;
    return moment.chat.execute(sql, [stamp(moment), stamp(moment), String(row?.at).slice(0, 10)]);
  },
  'messages are deleted': async (moment) => set(moment, 'messages', await message(moment), 'deleted_at', stamp(moment)),
  'messages are undeleted': async (moment) =>
    set(moment, 'messages', await anyId(moment, 'messages', 'deleted_at is not null'), 'deleted_at', null),
  'a user turns out to be a bot': async (moment) => set(moment, 'users', await userOf(moment), 'is_bot', true),
  'a bot turns out to be a person': async (moment) =>
    set(moment, 'users', await anyId(moment, 'users', 'is_bot'), 'is_bot', false),
  "a user's first message of two years before is deleted": async (moment) =>
    set(moment, 'messages', await firstMessageOfOld(moment), 'deleted_at', stamp(moment)),
  'a reaction is given': async (moment) => {
    const row = [await nextId(moment, 'reactions'), await message(moment), await userOf(moment), '👍'];
    await moment.chat.write({ table: 'reactions', rows: [[...row, someTime(moment), moment.now, null]] });
    return 1;
  },
  'a reaction is removed': async (moment) =>
    set(moment, 'reactions', await anyId(moment, 'reactions', 'removed_at is null'), 'removed_at', stamp(moment)),
  'a reaction is given back': async (moment) =>
    set(moment, 'reactions', await anyId(moment, 'reactions', 'removed_at is not null'), 'removed_at', null),
  'a reaction moves to another message': async (moment) =>
    set(moment, 'reactions', await anyId(moment, 'reactions'), 'message_id', await message(moment)),
  'a member leaves': async (moment) => {
    const sql = 'update chat_members set left_at = ?, updated_at = ? where user_id = ? and left_at is null';
    const present = '(select user_id as id from chat_members where left_at is null) present';
    return moment.chat.execute(sql, [stamp(moment), stamp(moment), await anyId(moment, present)]);
  },
  'a chat is deleted or comes back': async (moment) => {
    const deleted = moment.random.chance(0.5) ? stamp(moment) : null;
    return set(moment, 'chats', await anyId(moment, 'chats'), 'deleted_at', deleted);
  },
  'a user is deleted for good, whose messages stay': async (moment) => remove(moment, 'users', await userOf(moment)),
  'a bot is deleted for good': async (moment) => remove(moment, 'users', await anyId(moment, 'users', 'is_bot')),
  'a chat is deleted for good, whose messages stay': async (moment) =>
    remove(moment, 'chats', await anyId(moment, 'chats', 'id in (select chat_id from messages)')),
  'a message is deleted for good': async (moment) => remove(moment, 'messages', await message(moment)),
  "a user's messages are deleted for good": async (moment) =>
    moment.chat.execute('delete from messages where user_id = ?', [await userOf(moment)]),
  'a reaction is deleted for good': async (moment) => remove(moment, 'reactions', await anyId(moment, 'reactions')),
  'a member is deleted for good': async ({ chat, random }) => {
    const rows = await chat.query('select chat_id, user_id from chat_members order by chat_id, user_id');
    const { chat_id: room, user_id: user } = random.pick(rows);
    return chat.execute('delete from chat_members where chat_id = ? and user_id = ?', [Number(room), Number(user)]);
  },
  'a user who was deleted for good comes back': async (moment) => {
    const { chat, now } = moment;
    const id = await anyId(moment, '(select user_id as id from messages) senders', 'id not in (select id from users)');
    await chat.write({ table: 'users', rows: [[id, 'back', 'Back', null, null, false, now, now, null]] });
    return id === 0 ? 0 : 1;
  },
  'a chat that was deleted for good comes back': async (moment) => {
    const { chat, now } = moment;
    const id = await anyId(moment, '(select chat_id as id from messages) rooms', 'id not in (select id from chats)');
    await chat.write({ table: 'chats', rows: [[id, 'group', 'Back', 1, now, now, null]] });
    return id === 0 ? 0 : 1;
  },
  'a message that was deleted for good comes back': async (moment) => {
    const earlier = '(select id - 1 as id from messages where id > 1) earlier';
    const id = await anyId(moment, earlier, 'id not in (select id from messages)');
    const [room, user] = [await anyId(moment, 'chats'), await userOf(moment)];
    const row = [id, room, user, null, 'again', someTime(moment), moment.now, null, null];
    await moment.chat.write({ table: 'messages', rows: [row] });
    return id === 0 ? 0 : 1;
  },
  // Beside the change of a chat alone: one of another user would dirty the same cohort.
  "a message moves to another month, and nothing else of its user's life changes": async (moment) => {
    const sent = await sentMessages(moment.chat);
    const moves = sent.flatMap(({ id, user, sentAt }) => {
      const others = sent.filter((other) => other.user === user && other.id !== id).map((other) => dayOf(other.sentAt));
      const [day, to] = [dayOf(sentAt), dayOf(sentAt + 31 * dayMicros)];
      const isWithin = others.some((other) => other < day) && others.some((other) => other > to);
      const isAlone = !others.some((other) => other === day || other.slice(0, 7) === to.slice(0, 7));
      return isWithin && isAlone ? [{ id, to }] : [];
    });
    const { id, to } = moment.random.pick(moves);
    return set(moment, 'messages', id, 'created_at', to);
  },
};

function remove({ chat }: Moment, table: string, id: number): Promise<number> {
  return chat.execute(`delete from ${table} where id = ?`, [id]);
}

type Value = number | string | boolean | null;

async function set(moment: Moment, table: string, id: number, column: string, value: Value): Promise<number> {
  const sql = `update ${table} set ${column} = ?, updated_at = ? where id = ?`;
  return moment.chat.execute(sql, [value, stamp(moment), id]);
}

async function addMessage(moment: Moment, user: number, sentAt: number): Promise<number> {
  const [id, room] = [await nextId(moment, 'messages'), await anyId(moment, 'chats')];
  await moment.chat.write({
    table: 'messages',
    rows: [[id, room, user, null, 'hello', sentAt, moment.now, null, null]],
  });
  return 1;
}

function stamp({ now }: Moment): string {
  return formatMoment(now);
}

/** In the half year that the chat's data covers. */
function someTime({ random, now }: Moment): number {
  return now - Math.floor(random.next() * 180 * dayMicros);
}

async function firstMessage(moment: Moment): Promise<number> {
  return firstMessageOf(moment, await userOf(moment));
}

/** One that an earlier change moved there, or brought. */
async function firstMessageOfOld(moment: Moment): Promise<number> {
  const old = `(select user_id as id from messages where ${live} and created_at < '${formatMoment(moment.now - 600 * dayMicros)}') old`;
  return firstMessageOf(moment, await anyId(moment, old, 'id in (select id from users where not is_bot)'));
}

async function firstMessageOf({ chat }: Moment, user: number): Promise<number> {
  const [row] = await chat.query(
    `select id from messages where user_id = ${user} and ${live} order by created_at, id limit 1`,
  );
  return Number(row?.id);
}

function message(moment: Moment): Promise<number> {
  return anyId(moment, 'messages', live);
}

/** A person who wrote something that stands. */
function userOf(moment: Moment): Promise<number> {
  return anyId(moment, 'users', `not is_bot and id in (select user_id from messages where ${live})`);
}

/** The id of any row that meets the condition; 0 where there is none. */
async function anyId({ chat, random }: Moment, table: string, condition = 'true'): Promise<number> {
  const rows = await chat.query(`select id from ${table} where ${condition} order by id`);
  return rows.length === 0 ? 0 : Number(random.pick(rows).id);
}

async function nextId({ chat }: Moment, table: string): Promise<number> {
  const [row] = await chat.query(`select max(id) + 1 as id from ${table}`);
  return Number(row?.id);
}

/** What people sent and did not delete. */
async function sentMessages(chat: ChatDatabase) {
  const rows = await chat.query(
    `select id, user_id, cast(created_at as char(26)) as sent_at from messages
     where ${live} and user_id in (select id from users where not is_bot) order by id`,
  );
  return rows.map((row) => ({
    id: Number(row.id),
    user: Number(row.user_id),
    /** At the second. */
    sentAt: Date.parse(`${String(row.sent_at).slice(0, 19).replace(' ', 'T')}Z`) * 1000,
  }));
}

function dayOf(micros: number): string {
  return formatMoment(micros).slice(0, 10);
}
