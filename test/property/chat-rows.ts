/** The tables of the chat database: their rows, and the columns as a source describes them. */
import type { ColumnType } from '../../src/engines/types.js';

export interface User {
  id: number;
  name: string;
  country: string | null;
  updated_at: string;
  deleted_at: string | null;
}
export interface Message {
  id: number;
  chat_id: number;
  user_id: number;
  body_chars: number;
  created_at: string;
  updated_at: string;
  deleted_at: string | null;
  mood?: string;
}
export interface Reaction {
  id: number;
  message_id: number;
  updated_at: string;
  removed_at: string | null;
}
export interface Pin {
  id: number;
  message_id: number;
  color: string;
  updated_at: string;
}
export interface Room {
  id: number;
  title: string;
  opened_at: string | null;
}
export interface Event {
  id: number;
  user_id: number;
  created_at: string;
}
export interface Rows {
  readonly users: User;
  readonly messages: Message;
  readonly reactions: Reaction;
  readonly pins: Pin;
  readonly rooms: Room;
  readonly events: Event;
}
export type TableName = keyof Rows;

/** What a message holds in a column that was added later, where nobody has written it. */
export const defaultMood = 'calm';

const id: ColumnType = { kind: 'integer', bits: 64, unsigned: true };
const count: ColumnType = { kind: 'integer', bits: 32, unsigned: false };
const text: ColumnType = { kind: 'text', maxLength: 64 };
const timestamp: ColumnType = { kind: 'timestamp' };

export const moodColumn = { mood: text };
export const columnsOf: Readonly<Record<TableName, Readonly<Record<string, ColumnType>>>> = {
  users: { id, name: text, country: text, updated_at: timestamp, deleted_at: timestamp },
  messages: {
    ...{ id, chat_id: id, user_id: id, body_chars: count },
    ...{ created_at: timestamp, updated_at: timestamp, deleted_at: timestamp },
  },
  reactions: { id, message_id: id, updated_at: timestamp, removed_at: timestamp },
  pins: { id, message_id: id, color: text, updated_at: timestamp },
  rooms: { id, title: text, opened_at: timestamp },
  events: { id, user_id: id, created_at: timestamp },
};
