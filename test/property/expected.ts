/** Tables as they must be, computed from the chat database in memory, without any SQL. */
import type { ChatModel } from './chat-model.js';
import type { Definitions } from './definitions.js';

type Rows = readonly Readonly<Record<string, number | string | null>>[];

/** Table -> its rows. */
export function expectedTables(chat: ChatModel, definitions: Definitions): Readonly<Record<string, Rows>> {
  const facts = factMessages(chat, definitions);
  const days = userDays(facts, definitions);
  return {
    fact_message: facts,
    messages_daily: groupBy(facts, (fact) => fact.date_key).map(([date_key, rows]) => ({
      date_key,
      messages: rows.length,
      users: distinct(rows.map((row) => row.user_id)),
    })),
    active_users: activeUsers(facts),
    user_days: days,
    user_starts: groupBy(days, (user) => user.first_key).map(([first_key, rows]) => ({
      first_key,
      users: rows.length,
      messages: sum(rows.map((row) => row.messages)),
      days: sum(rows.map((row) => row.days)),
    })),
    fact_reaction: [...chat.reactions.values()].flatMap(({ id, message_id, removed_at }) => {
      const fact = facts.find((it) => it.message_id === message_id);
      return removed_at !== null || fact === undefined
        ? []
        : [{ reaction_id: id, message_id, author_id: fact.user_id, date_key: fact.date_key }];
    }),
    event_log: [...chat.events.values()].map(({ id, user_id, created_at }) => ({
      event_id: id,
      user_id,
      date_key: dateKey(created_at),
    })),
  };
}

/** What the open rows of a snapshot of users hold. */
export function liveUsers(chat: ChatModel): Rows {
  return [...chat.users.values()]
    .filter((user) => user.deleted_at === null)
    .map(({ id, name, country }) => ({ user_id: id, name, country }));
}

function factMessages(chat: ChatModel, { skipsShort, twice }: Definitions) {
  return [...chat.messages.values()]
    .filter((message) => message.deleted_at === null && !(skipsShort && message.body_chars <= 1))
    .map(({ id, chat_id, user_id, body_chars, created_at }) => {
      const user = chat.users.get(user_id);
      const country = user?.deleted_at === null ? user.country : null;
      const fact = { message_id: id, chat_id, user_id, country, date_key: dateKey(created_at), body_chars };
      return twice ? { ...fact, twice: body_chars * 2 } : fact;
    });
}

type Fact = ReturnType<typeof factMessages>[number];

function userDays(facts: readonly Fact[], { countsDays }: Definitions) {
  return groupBy(facts, (fact) => fact.user_id).map(([user_id, rows]) => ({
    user_id,
    first_key: Math.min(...rows.map((row) => row.date_key)),
    days: distinct(rows.map((row) => (countsDays ? row.date_key : row.chat_id))),
    messages: rows.length,
  }));
}

function activeUsers(facts: readonly Fact[]): Rows {
  return groupBy(facts, (fact) => fact.date_key).map(([date_key]) => ({
    date_key,
    users: distinct(
      facts
        .filter((fact) => dayNumber(fact.date_key) <= dayNumber(date_key))
        .filter((fact) => dayNumber(fact.date_key) >= dayNumber(date_key) - 2)
        .map((fact) => fact.user_id),
    ),
  }));
}

function dateKey(timestamp: string): number {
  return Number(timestamp.slice(0, 10).replaceAll('-', ''));
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
