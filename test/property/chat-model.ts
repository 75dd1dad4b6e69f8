/** The chat database in memory, as the application writes it: committed rows, open transactions and the server's clock. */
import { formatClock } from '../../src/extract/clock.js';
import type { Event, Message, Pin, Reaction, Room, Rows, TableName, User } from './chat-rows.js';

const start = BigInt(Date.parse('2024-03-10T08:00:00Z')) * 1000n;

interface OpenTransaction {
  readonly startedAt: string;
  /** Rows that it has written and nobody else can until it ends, `messages 4`. */
  readonly locks: readonly string[];
  readonly commit: () => void;
}

export class ChatModel {
  readonly users = new Map<number, User>();
  readonly messages = new Map<number, Message>();
  readonly reactions = new Map<number, Reaction>();
  readonly pins = new Map<number, Pin>();
  readonly rooms = new Map<number, Room>();
  readonly events = new Map<number, Event>();
  hasMood = false;
  /** Rows that were deleted for good and not inserted again, as they were last. */
  readonly deleted = new Map<TableName, Map<number, object>>();
  /** One entry for each deletion for good that no run is known to have seen. */
  readonly undetected = new Set<{ readonly table: TableName }>();
  /** Users who were removed or deleted at some time, whether they came back or not. */
  readonly onceGone = new Set<number>();
  /** Message -> its author, of those that were inserted in one transaction with their author. */
  readonly firstMessages = new Map<number, number>();
  #micros = start;
  #lastId = 0;
  #lastUserId = 0;
  #open: OpenTransaction[] = [];

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
    this.#lastUserId += 1;
    return this.#lastUserId;
  }

  /** Gone without any mark. */
  deleteForGood(table: TableName, id: number): boolean {
    const rows: Map<number, object> = this[table];
    const row = rows.get(id);
    if (row === undefined || this.isLocked(table, id)) return false;
    rows.delete(id);
    this.undetected.add({ table });
    if (table === 'users') this.userGoes(id);
    const deleted = this.deleted.get(table) ?? new Map<number, object>();
    this.deleted.set(table, deleted.set(id, row));
    return true;
  }

  /** What is said of authors and their first messages ends where one of them is removed. */
  userGoes(userId: number): void {
    this.onceGone.add(userId);
    for (const [message, author] of this.firstMessages) if (author === userId) this.firstMessages.delete(message);
  }

  /** Puts a row there, one that was deleted for good as well. */
  put<T extends TableName>(table: T, row: Rows[T]): void {
    (this[table] as Map<number, Rows[T]>).set(row.id, row);
    this.deleted.get(table)?.delete(row.id);
  }

  /** Rows that are stamped now and seen by readers once their transaction commits. */
  later(startedAt: string, commit: () => void, locks: readonly string[] = []): void {
    this.#open.push({ startedAt, commit, locks });
  }

  isLocked(table: TableName, id: number): boolean {
    return this.#open.some(({ locks }) => locks.includes(lockOf(table, id)));
  }

  get openTransactions(): readonly { readonly startedAt: string }[] {
    return this.#open;
  }

  /** False where none is open. */
  commitAll(): boolean {
    const open = this.#open;
    this.#open = [];
    for (const { commit } of open) commit();
    return open.length > 0;
  }

  rollbackAll(): boolean {
    const isOpen = this.#open.length > 0;
    this.#open = [];
    return isOpen;
  }

  /** All rows as they are now, which later writes do not change. */
  copy(): Readonly<Record<TableName, readonly object[]>> {
    const rows = (table: TableName) => [...this[table].values()].map((row) => ({ ...row }));
    return {
      users: rows('users'),
      messages: rows('messages'),
      reactions: rows('reactions'),
      pins: rows('pins'),
      rooms: rows('rooms'),
      events: rows('events'),
    };
  }
}

export function lockOf(table: TableName, id: number): string {
  return `${table} ${id}`;
}
