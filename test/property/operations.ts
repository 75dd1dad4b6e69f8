/** What may happen in a history: writes of the application, changes of definitions, and runs. */
import * as fc from 'fast-check';
import type { ChatModel, Message } from './chat-model.js';
import type { Broken, Definitions } from './definitions.js';

export type Write =
  | { readonly op: 'insert' | 'insert, committed late'; user: number; chat: number; day: number; chars: number }
  | { readonly op: 'edit' | 'late edit'; message: number; chars: number }
  | { readonly op: 'move to a chat' | 'move to a user' | 'move to a day'; message: number; to: number }
  | { readonly op: 'soft delete' | 'undelete' | 'hard delete'; message: number }
  | { readonly op: 'new user' | 'user moves' | 'user is renamed' | 'user is removed' | 'user comes back'; user: number }
  | { readonly op: 'reaction' | 'reaction is removed' | 'reaction comes back'; reaction: number; message: number }
  | { readonly op: 'reaction moves'; reaction: number; message: number }
  | { readonly op: 'event' | 'event, committed late'; user: number }
  | { readonly op: 'late transactions commit' }
  | { readonly op: 'new column in the source' }
  | { readonly op: 'mood'; message: number }
  | { readonly op: 'time passes'; hours: number };

export type Redefinition = { readonly op: 'redefine'; readonly what: keyof typeof redefinitions };

export type Run =
  | { readonly op: 'run' }
  | { readonly op: 'run of'; pipelines: readonly string[]; withUpstreams: boolean }
  | { readonly op: 'run --full-refresh'; pipelines: readonly string[] }
  | { readonly op: 'run --reload'; reload: readonly string[] }
  | { readonly op: 'failed run'; broken: Broken }
  | { readonly op: 'aborted run'; atEvent: number; by: 'signal' | 'throw' };

export type Operation = Write | Redefinition | Run;

export const redefinitions = {
  "a model's filter": (now) => ({ ...now, skipsShort: !now.skipsShort }),
  'a new column of a model': (now) => ({ ...now, twice: true }),
  'a var': (now) => ({ ...now, longFrom: 6 - now.longFrom }),
  'a macro': (now) => ({ ...now, strictMacro: !now.strictMacro }),
  'a view': (now) => ({ ...now, viewFrom: 1 - now.viewFrom }),
  'a partition model': (now) => ({ ...now, countsDays: !now.countsDays }),
  'a merge consumer comes or goes': (now) => ({ ...now, copy: !now.copy }),
  'a partition consumer comes or goes': (now) => ({ ...now, userTotals: !now.userTotals }),
  atomicity: (now) => ({ ...now, atomicity: now.atomicity === 'run' ? 'step' : 'run' }),
} as const satisfies Record<string, (now: Definitions) => Definitions>;

const of = <T extends Operation>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> | T[K] }): fc.Arbitrary<Operation> =>
  fc.record(
    Object.fromEntries(
      Object.entries(shape).map(([name, value]) => [name, value instanceof fc.Arbitrary ? value : fc.constant(value)]),
    ),
  ) as unknown as fc.Arbitrary<Operation>;

const nth = fc.nat(7);
const chat = fc.integer({ min: 1, max: 3 });
const user = fc.integer({ min: 0, max: 4 });
const day = fc.integer({ min: 0, max: 5 });
const chars = fc.integer({ min: 0, max: 5 });
const pipelines = fc.subarray(['chat', 'daily', 'more'], { minLength: 1, maxLength: 2 });

const write: fc.Arbitrary<Operation> = fc.oneof(
  of({ op: 'insert', user, chat, day, chars }),
  of({ op: 'insert, committed late', user, chat, day, chars }),
  of({ op: fc.constantFrom('edit', 'late edit'), message: nth, chars }),
  of({ op: 'move to a chat', message: nth, to: chat }),
  of({ op: 'move to a user', message: nth, to: user }),
  of({ op: 'move to a day', message: nth, to: day }),
  of({ op: fc.constantFrom('soft delete', 'soft delete', 'undelete', 'undelete', 'hard delete'), message: nth }),
  of({
    op: fc.constantFrom('new user', 'user moves', 'user is renamed', 'user is removed', 'user comes back'),
    user,
  }),
  of({
    op: fc.constantFrom('reaction', 'reaction', 'reaction is removed', 'reaction comes back', 'reaction moves'),
    reaction: nth,
    message: nth,
  }),
  of({ op: fc.constantFrom('event', 'event, committed late'), user }),
  of({ op: 'late transactions commit' }),
  of({ op: fc.constantFrom('mood', 'mood', 'new column in the source'), message: nth }),
  of({ op: 'time passes', hours: fc.integer({ min: 1, max: 40 }) }),
);

const redefine: fc.Arbitrary<Operation> = of({
  op: 'redefine',
  what: fc.constantFrom(...(Object.keys(redefinitions) as (keyof typeof redefinitions)[])),
});

const run: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: of({ op: 'run' }) },
  { weight: 5, arbitrary: of({ op: 'run of', pipelines, withUpstreams: fc.boolean() }) },
  { weight: 1, arbitrary: of({ op: 'run --full-refresh', pipelines }) },
  {
    weight: 1,
    arbitrary: of({
      op: 'run --reload',
      reload: fc.subarray(['users', 'messages', 'reactions', 'events'], { minLength: 1 }),
    }),
  },
  {
    weight: 1,
    arbitrary: of({
      op: 'failed run',
      broken: fc.constantFrom(
        'prepare messages_daily',
        'prepare user_days',
        'turn fact_long',
        'turn event_log',
        'test',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: of({
      op: 'aborted run',
      atEvent: fc.integer({ min: 0, max: 60 }),
      by: fc.constantFrom('signal', 'throw'),
    }),
  },
);

/** Histories of up to `length` operations. */
export function histories(length: number): fc.Arbitrary<Operation[]> {
  const operation = fc.oneof(
    { weight: 8, arbitrary: write },
    { weight: 1, arbitrary: redefine },
    { weight: 4, arbitrary: run },
  );
  return fc.array(operation, { maxLength: length, size: 'max' });
}

/** Does a write; false where there is no row that it could be done to. */
export function doWrite(chat: ChatModel, operation: Write): boolean {
  const message = 'message' in operation ? nthOf(chat.messages, operation.message) : undefined;
  const reaction = 'reaction' in operation ? nthOf(chat.reactions, operation.reaction) : undefined;
  const user = 'user' in operation ? nthOf(chat.users, operation.user) : undefined;
  const touch = <T extends { updated_at: string }>(row: T | undefined, change: Partial<T>): boolean => {
    if (row !== undefined) Object.assign(row, change, { updated_at: chat.now() });
    return row !== undefined;
  };
  switch (operation.op) {
    case 'insert':
    case 'insert, committed late':
      if (user === undefined) return false;
      return insertMessage(chat, user.id, operation);
    case 'edit':
      return touch(message, { body_chars: operation.chars });
    case 'late edit':
      return touch([...chat.messages.values()].sort((a, b) => (a.updated_at < b.updated_at ? -1 : 1))[0], {
        body_chars: operation.chars,
      });
    case 'move to a chat':
      return touch(message, { chat_id: operation.to });
    case 'move to a user':
      return touch(message, { user_id: operation.to + 1 });
    case 'move to a day':
      return touch(message, { created_at: timeOn(operation.to) });
    case 'soft delete':
      return message?.deleted_at === null && touch(message, { deleted_at: chat.now() });
    case 'undelete':
      return [...chat.messages.values()]
        .filter(({ deleted_at }) => deleted_at !== null)
        .slice(-1)
        .some((row) => touch(row, { deleted_at: null }));
    case 'hard delete':
      return message !== undefined && chat.messages.delete(message.id);
    case 'new user': {
      const id = chat.nextUserId();
      chat.users.set(id, { id, name: `user ${id}`, country: 'de', updated_at: chat.now(), deleted_at: null });
      return true;
    }
    case 'user moves':
      return touch(user, { country: user?.country === 'fr' ? null : user?.country === null ? 'de' : 'fr' });
    case 'user is renamed':
      return touch(user, { name: `${user?.name}'` });
    case 'user is removed':
      return user?.deleted_at === null && touch(user, { deleted_at: chat.now() });
    case 'user comes back':
      return [...chat.users.values()]
        .filter(({ deleted_at }) => deleted_at !== null)
        .slice(-1)
        .some((row) => touch(row, { deleted_at: null }));
    case 'reaction': {
      if (message === undefined) return false;
      const id = chat.nextId();
      chat.reactions.set(id, { id, message_id: message.id, updated_at: chat.now(), removed_at: null });
      return true;
    }
    case 'reaction is removed':
      return reaction?.removed_at === null && touch(reaction, { removed_at: chat.now() });
    case 'reaction comes back':
      return [...chat.reactions.values()]
        .filter(({ removed_at }) => removed_at !== null)
        .slice(-1)
        .some((row) => touch(row, { removed_at: null }));
    case 'reaction moves':
      return message !== undefined && touch(reaction, { message_id: message.id });
    case 'event':
    case 'event, committed late': {
      const id = chat.nextId();
      const created_at = chat.now();
      const commit = () => void chat.events.set(id, { id, user_id: operation.user + 1, created_at });
      if (operation.op === 'event') commit();
      else chat.later(created_at, commit);
      return true;
    }
    case 'late transactions commit':
      return chat.commitAll();
    case 'new column in the source':
      if (chat.hasMood) return false;
      chat.hasMood = true;
      return true;
    case 'mood':
      return chat.hasMood && touch(message, { mood: message?.mood === 'glad' ? 'sad' : 'glad' });
    case 'time passes':
      chat.wait(operation.hours * 3600);
      return true;
  }
}

function insertMessage(chat: ChatModel, userId: number, operation: Write & { user: number; chat: number }): boolean {
  if (!('chars' in operation && 'day' in operation)) return false;
  const id = chat.nextId();
  const updated_at = chat.now();
  const row: Message = {
    id,
    chat_id: operation.chat,
    user_id: userId,
    body_chars: operation.chars,
    created_at: timeOn(operation.day),
    updated_at,
    deleted_at: null,
  };
  const commit = () => void chat.messages.set(id, row);
  if (operation.op === 'insert') commit();
  else chat.later(updated_at, commit);
  return true;
}

function timeOn(day: number): string {
  return `2024-03-${String(6 + day).padStart(2, '0')} 12:00:00.000000`;
}

function nthOf<T>(rows: ReadonlyMap<number, T>, n: number): T | undefined {
  return [...rows.values()][rows.size === 0 ? 0 : n % rows.size];
}
