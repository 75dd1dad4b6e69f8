/** What the application does to its database. */
import { type ChatModel, lockOf } from './chat-model.js';
import type { Message, Rows } from './chat-rows.js';

export type Write =
  | { readonly op: 'insert' | 'insert, committed late'; user: number; chat: number; day: number; chars: number }
  | { readonly op: 'edit' | 'late edit' | 'edit, committed late'; message: number; chars: number }
  | { readonly op: 'move to a chat' | 'move to a user' | 'move to a day'; message: number; to: number }
  | { readonly op: 'soft delete' | 'undelete' | 'hard delete' | 'insert again'; message: number }
  | { readonly op: 'new user' | 'user moves' | 'user is renamed' | 'user is removed' | 'user comes back'; user: number }
  | { readonly op: 'user is deleted for good'; user: number }
  | { readonly op: 'new user with a message' | 'new user with a message, committed late'; chat: number; day: number }
  | { readonly op: 'reaction' | 'reaction is removed' | 'reaction comes back'; reaction: number; message: number }
  | { readonly op: 'reaction moves'; reaction: number; message: number }
  | { readonly op: 'pin' | 'pin changes color' | 'pin is deleted for good' | 'pin comes back'; message: number }
  | { readonly op: 'room changes' | 'room is deleted for good' | 'room comes back'; room: number }
  | { readonly op: 'event' | 'event, committed late'; user: number }
  | { readonly op: 'late transactions commit' | 'late transactions roll back' }
  | { readonly op: 'new column in the source' }
  | { readonly op: 'mood'; message: number }
  | { readonly op: 'time passes'; hours: number };

/** Does a write; false where there is no row that it could be done to. */
export function doWrite(chat: ChatModel, write: Write): boolean {
  const message = 'message' in write ? nthOf(chat.messages, write.message) : undefined;
  const user = 'user' in write ? nthOf(chat.users, write.user) : undefined;
  const reaction = 'reaction' in write ? nthOf(chat.reactions, write.reaction) : undefined;
  const room = 'room' in write ? nthOf(chat.rooms, write.room) : undefined;
  const change = <T extends Stamped>(table: T, row: Rows[T] | undefined, changes: Partial<Rows[T]>): boolean =>
    row !== undefined && stamp(chat, table, row, changes);
  switch (write.op) {
    case 'insert':
      return user !== undefined && insertMessage(chat, user.id, write);
    case 'insert, committed late':
      return user !== undefined && insertLate(chat, user.id, write);
    case 'edit':
      return change('messages', message, { body_chars: write.chars });
    case 'late edit':
      return change('messages', oldest(chat), { body_chars: write.chars });
    case 'edit, committed late':
      return message !== undefined && editLate(chat, message, write.chars);
    case 'move to a chat':
      return change('messages', message, { chat_id: write.to });
    case 'move to a user':
      chat.firstMessages.delete(message?.id ?? 0);
      return change('messages', message, { user_id: write.to + 1 });
    case 'move to a day':
      return change('messages', message, { created_at: timeOn(write.to) });
    case 'soft delete':
      return message?.deleted_at === null && change('messages', message, { deleted_at: chat.now() });
    case 'undelete':
      return change('messages', lastOf(chat.messages, 'deleted_at'), { deleted_at: null });
    case 'hard delete':
      return message !== undefined && chat.deleteForGood('messages', message.id);
    case 'insert again':
      return insertAgain(chat, 'messages');
    case 'new user':
      addUser(chat);
      return true;
    case 'new user with a message':
    case 'new user with a message, committed late':
      return addAuthor(chat, write);
    case 'user moves':
      return change('users', user, { country: nextCountry(user?.country) });
    case 'user is renamed':
      return change('users', user, { name: `${user?.name}'` });
    case 'user is removed':
      if (user?.deleted_at !== null) return false;
      chat.userGoes(user.id);
      return change('users', user, { deleted_at: chat.now() });
    case 'user comes back':
      return change('users', lastOf(chat.users, 'deleted_at'), { deleted_at: null });
    case 'user is deleted for good':
      return user !== undefined && chat.deleteForGood('users', user.id);
    case 'reaction':
      if (message === undefined) return false;
      chat.put('reactions', { id: chat.nextId(), message_id: message.id, updated_at: chat.now(), removed_at: null });
      return true;
    case 'reaction is removed':
      return reaction?.removed_at === null && change('reactions', reaction, { removed_at: chat.now() });
    case 'reaction comes back':
      return change('reactions', lastOf(chat.reactions, 'removed_at'), { removed_at: null });
    case 'reaction moves':
      return message !== undefined && change('reactions', reaction, { message_id: message.id });
    case 'pin':
      if (message === undefined) return false;
      chat.put('pins', { id: chat.nextId(), message_id: message.id, color: 'red', updated_at: chat.now() });
      return true;
    case 'pin changes color': {
      const pin = nthOf(chat.pins, write.message);
      return change('pins', pin, { color: pin?.color === 'red' ? 'blue' : 'red' });
    }
    case 'pin is deleted for good':
      return chat.deleteForGood('pins', nthOf(chat.pins, write.message)?.id ?? 0);
    case 'pin comes back':
      return insertAgain(chat, 'pins');
    case 'room changes':
      if (room !== undefined) room.title += '!';
      return room !== undefined;
    case 'room is deleted for good':
      return room !== undefined && chat.deleteForGood('rooms', room.id);
    case 'room comes back': {
      const [room] = chat.deleted.get('rooms')?.values() ?? [];
      if (room !== undefined) chat.put('rooms', room as Rows['rooms']);
      return room !== undefined;
    }
    case 'event':
    case 'event, committed late':
      return addEvent(chat, write.user + 1, write.op !== 'event');
    case 'late transactions commit':
      return chat.commitAll();
    case 'late transactions roll back':
      return chat.rollbackAll();
    case 'new column in the source':
      if (chat.hasMood) return false;
      chat.hasMood = true;
      return true;
    case 'mood':
      return chat.hasMood && change('messages', message, { mood: message?.mood === 'glad' ? 'sad' : 'glad' });
    case 'time passes':
      chat.wait(write.hours * 3600);
      return true;
  }
}

type Stamped = 'users' | 'messages' | 'reactions' | 'pins';

function stamp<T extends Stamped>(chat: ChatModel, table: T, row: Rows[T], changes: Partial<Rows[T]>): boolean {
  if (chat.isLocked(table, row.id)) return false;
  Object.assign(row, changes, { updated_at: chat.now() });
  return true;
}

type Insert = Extract<Write, { chars: number; user: number }>;

function insertMessage(chat: ChatModel, userId: number, write: Pick<Insert, 'chat' | 'day' | 'chars'>): boolean {
  chat.put('messages', newMessage(chat, userId, write));
  return true;
}

function insertLate(chat: ChatModel, userId: number, write: Insert): boolean {
  const row = newMessage(chat, userId, write);
  chat.later(row.updated_at, () => chat.put('messages', row));
  return true;
}

function newMessage(chat: ChatModel, userId: number, write: Pick<Insert, 'chat' | 'day' | 'chars'>): Message {
  return {
    id: chat.nextId(),
    chat_id: write.chat,
    user_id: userId,
    body_chars: write.chars,
    created_at: timeOn(write.day),
    updated_at: chat.now(),
    deleted_at: null,
  };
}

/** The stamp is of now; readers see it when the transaction ends. */
function editLate(chat: ChatModel, { id }: Message, chars: number): boolean {
  if (chat.isLocked('messages', id)) return false;
  const updated_at = chat.now();
  const commit = () => {
    const row = chat.messages.get(id);
    if (row !== undefined) Object.assign(row, { body_chars: chars, updated_at });
  };
  chat.later(updated_at, commit, [lockOf('messages', id)]);
  return true;
}

/** The row that was deleted for good last, under its old key, stamped now. */
function insertAgain(chat: ChatModel, table: 'messages' | 'pins'): boolean {
  const row = [...(chat.deleted.get(table)?.values() ?? [])].at(-1) as Rows[typeof table] | undefined;
  if (row !== undefined) chat.put(table, { ...row, updated_at: chat.now() });
  return row !== undefined;
}

function addUser(chat: ChatModel): number {
  const id = chat.nextUserId();
  chat.put('users', { id, name: `user ${id}`, country: 'de', updated_at: chat.now(), deleted_at: null });
  return id;
}

/** A user and the first message, both seen by readers at the same time. */
function addAuthor(chat: ChatModel, { op, ...where }: Extract<Write, { op: `new user with${string}` }>): boolean {
  const id = chat.nextUserId();
  const user = { id, name: `author ${id}`, country: 'de', updated_at: chat.now(), deleted_at: null };
  const message = newMessage(chat, id, { ...where, chars: 3 });
  const commit = () => {
    chat.put('users', user);
    chat.put('messages', message);
    chat.firstMessages.set(message.id, id);
  };
  if (op === 'new user with a message') commit();
  else chat.later(user.updated_at, commit);
  return true;
}

function addEvent(chat: ChatModel, userId: number, isLate: boolean): boolean {
  const row = { id: chat.nextId(), user_id: userId, created_at: chat.now() };
  if (isLate) chat.later(row.created_at, () => chat.put('events', row));
  else chat.put('events', row);
  return true;
}

function oldest(chat: ChatModel): Message | undefined {
  return [...chat.messages.values()].sort((a, b) => (a.updated_at < b.updated_at ? -1 : 1))[0];
}

function lastOf<K extends string, T extends { [key in K]: string | null }>(
  rows: ReadonlyMap<number, T>,
  mark: K,
): T | undefined {
  return [...rows.values()].filter((row) => row[mark] !== null).at(-1);
}

function nextCountry(country: string | null | undefined): string | null {
  if (country === 'fr') return null;
  return country === 'de' ? 'fr' : 'de';
}

function timeOn(day: number): string {
  return `2024-03-${String(6 + day).padStart(2, '0')} 12:00:00.000000`;
}

function nthOf<T>(rows: ReadonlyMap<number, T>, n: number): T | undefined {
  return [...rows.values()][rows.size === 0 ? 0 : n % rows.size];
}
