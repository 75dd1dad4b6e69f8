/** The chat database in memory: rows as the application writes them, read by the engine through the contract of sources. */
import type { Engine, SourceDatabase, SourceRead, SourceSnapshot } from '../../src/engines/contract.js';
import type { Cell, Column, ColumnType } from '../../src/engines/types.js';
import { formatClock } from '../../src/extract/clock.js';
import { boundsOf, isWithin, summarizeRows } from '../engines/range-model.js';

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
export interface Event {
  id: number;
  user_id: number;
  created_at: string;
}

const id: ColumnType = { kind: 'integer', bits: 64, unsigned: true };
const count: ColumnType = { kind: 'integer', bits: 32, unsigned: false };
const text: ColumnType = { kind: 'text', maxLength: 64 };
const timestamp: ColumnType = { kind: 'timestamp' };
const columns: Readonly<Record<string, Readonly<Record<string, ColumnType>>>> = {
  users: { id, name: text, country: text, updated_at: timestamp, deleted_at: timestamp },
  messages: {
    ...{ id, chat_id: id, user_id: id, body_chars: count },
    ...{ created_at: timestamp, updated_at: timestamp, deleted_at: timestamp },
  },
  reactions: { id, message_id: id, updated_at: timestamp, removed_at: timestamp },
  events: { id, user_id: id, created_at: timestamp },
};

const start = BigInt(Date.parse('2024-03-10T08:00:00Z')) * 1000n;

export class ChatModel {
  readonly users = new Map<number, User>();
  readonly messages = new Map<number, Message>();
  readonly reactions = new Map<number, Reaction>();
  readonly events = new Map<number, Event>();
  hasMood = false;
  #micros = start;
  #lastId = 0;
  #open: { readonly startedAt: string; readonly commit: () => void }[] = [];

  /** The server's clock; each look at it takes a little time. */
  now(): string {
    this.#micros += 1000n;
    return formatClock(this.#micros);
  }

  wait(seconds: number): void {
    this.#micros += BigInt(seconds) * 1_000_000n;
  }

  get date(): Date {
    return new Date(Number(this.#micros / 1000n));
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  nextUserId(): number {
    return this.users.size + 1;
  }

  /** Rows that are stamped now and seen by readers once their transaction commits. */
  later(startedAt: string, commit: () => void): void {
    this.#open.push({ startedAt, commit });
  }

  /** False where none is open. */
  commitAll(): boolean {
    const open = this.#open;
    this.#open = [];
    for (const { commit } of open) commit();
    return open.length > 0;
  }

  database(engine: Engine): SourceDatabase {
    return {
      engine,
      serverVersion: 'in memory',
      serverId: 'memory',
      describe: async (read) => this.#columns(read),
      hasCursorIndex: async () => true,
      clock: async () => this.now(),
      openWork: async () => {
        // A first read of ids gives open transactions three seconds.
        if (this.#open.length > 0) this.wait(4);
        const now = this.now();
        const starts = this.#open.map(({ startedAt }) => startedAt);
        return { horizon: [now, ...starts].sort()[0] ?? now, oldest: undefined, protection: 'transactions' };
      },
      snapshot: async () => this.#snapshot(),
      close: async () => undefined,
    };
  }

  #columns(read: SourceRead): readonly Column[] {
    const table = read.table ?? '';
    const all = { ...columns[table], ...(table === 'messages' && this.hasMood ? { mood: text } : {}) };
    return Object.entries(all).map(([name, type]) => ({ name, type, nullable: name !== 'id' }));
  }

  #snapshot(): SourceSnapshot {
    const tables: Readonly<Record<string, ReadonlyMap<number, object>>> = this.#copy();
    const rows = (read: SourceRead): Record<string, Cell>[] =>
      [...(tables[read.table ?? ''] ?? new Map()).values()].map((row) => ({ ...row }));
    const cursorOf = (read: SourceRead, row: Record<string, Cell>) => row[read.cursor?.column ?? ''] ?? null;
    const least = (read: SourceRead, from: string) => (read.cursor?.unit === 'id' ? Number(from) : from);
    return {
      maxCursor: async (read, cap) => {
        const cursors = rows(read)
          .map((row) => cursorOf(read, row))
          .filter((cursor) => cursor !== null && (cap === undefined || cursor <= least(read, cap)));
        const largest = cursors.reduce((left, right) => (left === null || (right ?? 0) > left ? right : left), null);
        return largest === null ? undefined : String(largest);
      },
      bounds: async (read) => boundsOf(rows(read), read.key),
      summarize: async (read, _columns, request) => summarizeRows(rows(read), request),
      read: async function* (read, wanted, { from, within }) {
        const found = rows(read).filter((row) => {
          if (within !== undefined) return isWithin(row, within.key, within.ranges);
          const cursor = cursorOf(read, row);
          return from === undefined || cursor === null || cursor >= least(read, from);
        });
        const cells = found.map((row) =>
          wanted.map(({ name, type }) => {
            const cell = name === 'mood' ? (row.mood ?? 'calm') : (row[name] ?? null);
            return type.kind === 'integer' && type.bits === 64 ? String(cell) : cell;
          }),
        );
        if (cells.length > 0) yield { rows: cells, bytes: cells.length };
      },
      attachment: undefined,
      close: async () => undefined,
    };
  }

  #copy() {
    const copy = <T extends object>(rows: ReadonlyMap<number, T>) =>
      new Map([...rows].map(([key, row]) => [key, { ...row }]));
    return {
      users: copy(this.users),
      messages: copy(this.messages),
      reactions: copy(this.reactions),
      events: copy(this.events),
    };
  }
}
