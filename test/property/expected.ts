/** Tables as they must be, computed from the chat database in memory, without any SQL. */
import type { ChatModel } from './chat-model.js';
import { defaultMood } from './chat-rows.js';
import type { Definitions } from './definitions.js';

export type ExpectedRow = Readonly<Record<string, number | string | null>>;
type Rows = readonly ExpectedRow[];
/** Room -> its title. */
type Titles = ReadonlyMap<number, string | null>;

/**
 * Table -> its rows, of every model that no history belongs to, and of staging where deleted rows leave it.
 * @param asOf the day of the run in the analytic zone, `2024-03-10`
 * @param titles those of the rooms in staging, where rooms that were deleted may be kept
 */
export function expectedTables(
  chat: ChatModel,
  definitions: Definitions,
  asOf: string,
  titles: Titles,
): Readonly<Record<string, Rows>> {
  const messages = stagedMessages(chat);
  const facts = factMessages(chat, definitions);
  return {
    ...stagedTables(chat),
    stg_messages: messages,
    fact_message: facts,
    fact_long: facts
      .filter(({ body_chars: chars }) => chars > definitions.longFrom - (definitions.strictMacro ? 0 : 1))
      .map(({ message_id, date_key, country, body_chars }) => ({ message_id, date_key, country, body_chars })),
    fact_recent: messages
      .filter(({ created_at }) => String(created_at) >= dayBefore(asOf, 2))
      .map(({ id, body_chars }) => ({ message_id: Number(id), body_chars: Number(body_chars) })),
    ...aggregates(facts, definitions, titles),
    ...reactionTables(chat, facts),
    event_log: [...chat.events.values()].map(({ id, user_id, created_at }) => ({
      event_id: id,
      user_id,
      date_key: dateKey(created_at, definitions),
    })),
    ...(definitions.copy ? { message_copy: messages } : {}),
    ...(definitions.userTotals ? { user_totals: userTotals(chat, facts) } : {}),
  };
}

/** What the open rows of a snapshot of users hold. */
export function liveUsers(chat: ChatModel): Rows {
  return [...chat.users.values()]
    .filter((user) => user.deleted_at === null)
    .map(({ id, name, country }) => ({ user_id: id, name, country }));
}

function stagedTables(chat: ChatModel): Readonly<Record<string, Rows>> {
  return {
    stg_users: [...chat.users.values()].filter(({ deleted_at }) => deleted_at === null).map((row) => ({ ...row })),
    stg_reactions: [...chat.reactions.values()]
      .filter(({ removed_at }) => removed_at === null)
      .map((it) => ({ ...it })),
    stg_events: [...chat.events.values()].map((row) => ({ ...row })),
  };
}

function stagedMessages(chat: ChatModel): Rows {
  return [...chat.messages.values()].map((row) =>
    chat.hasMood ? { ...row, mood: row.mood ?? defaultMood } : { ...row },
  );
}

function factMessages(chat: ChatModel, definitions: Definitions) {
  return [...chat.messages.values()]
    .filter((message) => message.deleted_at === null && !(definitions.skipsShort && message.body_chars <= 1))
    .map(({ id, chat_id, user_id, body_chars, created_at }) => {
      const user = chat.users.get(user_id);
      const country = user?.deleted_at === null ? user.country : null;
      const date_key = dateKey(created_at, definitions);
      const fact = { message_id: id, chat_id, user_id, country, date_key, body_chars };
      return definitions.twice ? { ...fact, twice: body_chars * 2 } : fact;
    });
}

type Fact = ReturnType<typeof factMessages>[number];

function aggregates(facts: readonly Fact[], definitions: Definitions, titles: Titles): Readonly<Record<string, Rows>> {
  const daily = groupBy(facts, (fact) => fact.date_key).map(([date_key, rows]) => ({
    date_key,
    messages: rows.length,
    users: distinct(rows.map((row) => row.user_id)),
  }));
  const shown = daily.filter(({ messages }) => messages > definitions.viewFrom);
  const users = userDays(facts, definitions);
  return {
    messages_daily: daily,
    message_view: shown,
    busy_days: shown.filter((day) => day.users > 1).map(({ date_key, messages }) => ({ date_key, messages })),
    chat_totals: groupBy(facts, (fact) => fact.chat_id).map(([chat_id, rows]) => ({
      chat_id,
      title: titles.get(chat_id) ?? null,
      messages: rows.length,
      chars: sum(rows.map((row) => row.body_chars)),
    })),
    country_chats: groupBy(facts, (fact) => `${fact.chat_id} ${fact.country}`).map(([, rows]) => ({
      country_key: rows[0]?.country ?? '',
      chat_id: rows[0]?.chat_id ?? null,
      country: rows[0]?.country ?? null,
      messages: rows.length,
    })),
    active_users: activeUsers(facts, definitions),
    user_days: users,
    user_starts: groupBy(users, (user) => user.first_key).map(([first_key, rows]) => ({
      first_key,
      users: rows.length,
      messages: sum(rows.map((row) => row.messages)),
      days: sum(rows.map((row) => row.days)),
    })),
  };
}

function reactionTables(chat: ChatModel, facts: readonly Fact[]): Readonly<Record<string, Rows>> {
  const reactions = factReactions(chat, facts);
  return {
    fact_reaction: reactions,
    reactions_daily: groupBy(facts, (fact) => fact.date_key).map(([date_key, rows]) => ({
      date_key,
      messages: rows.length,
      reactions: reactions.filter((reaction) => reaction.date_key === date_key).length,
    })),
    reaction_days: groupBy(reactions, (reaction) => reaction.date_key).map(([date_key, rows]) => ({
      date_key,
      reactions: rows.length,
    })),
  };
}

function factReactions(chat: ChatModel, facts: readonly Fact[]) {
  return [...chat.reactions.values()].flatMap(({ id, message_id, removed_at }) => {
    const fact = facts.find((it) => it.message_id === message_id);
    if (removed_at !== null || fact === undefined) return [];
    return [{ reaction_id: id, message_id, author_id: fact.user_id, date_key: fact.date_key }];
  });
}

function userDays(facts: readonly Fact[], { countsDays }: Definitions) {
  return groupBy(facts, (fact) => fact.user_id).map(([user_id, rows]) => ({
    user_id,
    first_key: Math.min(...rows.map((row) => row.date_key)),
    days: distinct(rows.map((row) => (countsDays ? row.date_key : row.chat_id))),
    messages: rows.length,
  }));
}

function userTotals(chat: ChatModel, facts: readonly Fact[]): Rows {
  const reactions = factReactions(chat, facts);
  return groupBy(facts, (fact) => fact.user_id).map(([user_id, rows]) => ({
    user_id,
    messages: rows.length,
    reactions: reactions.filter(({ author_id }) => author_id === user_id).length,
  }));
}

function activeUsers(facts: readonly Fact[], { activeDays }: Definitions): Rows {
  return groupBy(facts, (fact) => fact.date_key).map(([date_key]) => ({
    date_key,
    users: distinct(
      facts
        .filter((fact) => dayNumber(fact.date_key) <= dayNumber(date_key))
        .filter((fact) => dayNumber(fact.date_key) >= dayNumber(date_key) - activeDays)
        .map((fact) => fact.user_id),
    ),
  }));
}

/** Auckland's days begin 13 hours before those of UTC, in March. */
export function dayOf(timestamp: string, { timezone }: Definitions): string {
  const time = Date.parse(`${timestamp.slice(0, 10)}T${timestamp.slice(11, 23)}Z`);
  return new Date(time + (timezone === 'UTC' ? 0 : 13 * 3_600_000)).toISOString().slice(0, 10);
}

function dateKey(timestamp: string, definitions: Definitions): number {
  return Number(dayOf(timestamp, definitions).replaceAll('-', ''));
}

function dayBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

function dayNumber(key: number): number {
  return Date.UTC(Math.floor(key / 10_000), (Math.floor(key / 100) % 100) - 1, key % 100) / 86_400_000;
}

function groupBy<K, T>(rows: readonly T[], key: (row: T) => K): [K, T[]][] {
  const groups = new Map<K, T[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return [...groups];
}

const distinct = (values: readonly unknown[]): number => new Set(values).size;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
