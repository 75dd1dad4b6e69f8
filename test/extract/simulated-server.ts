/** A server in memory whose transactions and waiting statements follow a given history; each call to it takes time. */
import type { CursorDefinition, Engine, SourceDatabase, SourceSnapshot } from '../../src/engines/contract.js';
import { assessOpenWork } from '../../src/engines/mysql/open-work.js';
import { packRows } from '../../src/engines/rows.js';
import type { Cell, Column } from '../../src/engines/types.js';
import { cursorAt, formatClock } from '../../src/extract/clock.js';

/** One write; times in microseconds since the start. */
export interface Write {
  readonly key: number;
  /** Its statement starts and stamps; then it may wait for a lock, and only then a transaction begins. */
  readonly stampedAt: number;
  readonly waitsFor: number;
  readonly lasts: number;
  /** Stamped by NOW() and not by NOW(6). */
  readonly coarse: boolean;
}

export const second = 1_000_000;
const wholeSecond = (micros: number): number => Math.floor(micros / second) * second;

export class SimulatedServer {
  now = 0;
  readonly #writes: readonly (Write & { readonly connection: string; readonly cursor: string })[];
  readonly #steps: readonly number[];
  readonly #startsAt: bigint;
  readonly #wall: Intl.DateTimeFormat;
  #calls = 0;

  constructor(
    writes: readonly Write[],
    steps: readonly number[],
    readonly cursor: CursorDefinition,
    startsAt = '2026-03-01T10:00:00Z',
  ) {
    this.#wall = new Intl.DateTimeFormat('sv-SE', {
      timeZone: cursor.timezone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    this.#startsAt = BigInt(Date.parse(startsAt)) * 1000n;
    // Ids are given out when the transaction begins to write.
    const order = [...writes].sort((left, right) => began(left) - began(right));
    this.#steps = steps;
    this.#writes = writes.map((write, at) => ({
      ...write,
      connection: String(1000 + at),
      cursor:
        cursor.unit === 'id'
          ? String(order.indexOf(write) + 1)
          : this.#stamp(write.coarse ? wholeSecond(write.stampedAt) : write.stampedAt),
    }));
  }

  #clockAt(micros: number): string {
    return formatClock(this.#startsAt + BigInt(Math.floor(micros)));
  }

  /** What an application writes at a time: in a zone that is what the wall shows. */
  #stamp(micros: number): string {
    const clock = this.#clockAt(micros);
    if (this.cursor.timezone === 'UTC') return cursorAt(clock, this.cursor) ?? '';
    const instant = new Date(`${clock.slice(0, 19).replace(' ', 'T')}Z`);
    return this.#wall.format(instant) + clock.slice(19);
  }

  /** Key -> [cursor, number of the write that counts], as a reader sees it at a time. */
  rowsAt(time: number): Map<string, readonly [string, string]> {
    const committed = this.#writes.filter((write) => committedAt(write) <= time);
    committed.sort((left, right) => committedAt(left) - committedAt(right));
    return new Map(committed.map((write) => [this.#key(write), [write.cursor, write.connection] as const]));
  }

  /** Ids are never updated: each write is a row of its own there. */
  #key(write: Write & { readonly connection: string }): string {
    return this.cursor.unit === 'id' ? write.connection : String(write.key);
  }

  #tick(): number {
    this.now += this.#steps[this.#calls++ % this.#steps.length] ?? second;
    return this.now;
  }

  database(): SourceDatabase {
    return {
      engine: {} as Engine,
      serverVersion: 'simulated',
      serverId: 'simulated',
      describe: async () => columns,
      hasCursorIndex: async () => true,
      clock: async () => this.#clockAt(this.#tick()),
      openWork: async () => {
        const now = this.#clockAt(this.#tick());
        const listed = this.now;
        const processes = this.#writes
          .filter((write) => write.stampedAt <= listed && listed < began(write))
          .map(({ connection, stampedAt }) => ({
            id: connection,
            user: 'app',
            command: 'Query',
            seconds: Math.floor((listed - stampedAt) / second),
            state: 'Waiting for table metadata lock',
            text: 'update',
          }));
        this.#tick();
        const transactions = this.#writes
          .filter((write) => began(write) <= this.now && this.now < committedAt(write))
          .map((write) => ({
            id: write.connection,
            connectionId: write.connection,
            startedAt: this.#clockAt(wholeSecond(began(write))),
            readOnly: false,
            state: 'running',
          }));
        return assessOpenWork(now, processes, transactions, new Set());
      },
      snapshot: async () => this.#snapshot(this.#tick()),
      close: async () => undefined,
    };
  }

  #snapshot(time: number): SourceSnapshot {
    const rows = this.rowsAt(time);
    const number = this.cursor.unit !== 'timestamp';
    const above = (cursor: string, limit: string): boolean =>
      number ? Number(cursor) >= Number(limit) : cursor >= limit;
    const tick = (): number => this.#tick();
    return {
      describe: async () => columns,
      attachment: undefined,
      bounds: () => Promise.reject(new Error('nobody looks for deletes')),
      summarize: () => Promise.reject(new Error('nobody looks for deletes')),
      maxCursor: async (_read, cap) => {
        const cursors = [...rows.values()]
          .map(([cursor]) => cursor)
          .filter((cursor) => cap === undefined || above(cap, cursor));
        return cursors.reduce<string | undefined>(
          (max, one) => (max === undefined || above(one, max) ? one : max),
          undefined,
        );
      },
      async *read(_read, _columns, { from, batchRows }) {
        const found = [...rows].filter(([, [cursor]]) => from === undefined || above(cursor, from));
        tick();
        for (let at = 0; at < found.length; at += batchRows) {
          const batch = found.slice(at, at + batchRows);
          yield packRows(
            batch.map(([key, [, write]]): Cell[] => [key, write]),
            batch.length,
          );
        }
        tick();
      },
      close: async () => undefined,
    };
  }
}

export function began(write: Write): number {
  return write.stampedAt + write.waitsFor;
}

export function committedAt(write: Write): number {
  return began(write) + write.lasts;
}

const columns: readonly Column[] = [
  { name: 'id', type: { kind: 'integer', bits: 64, unsigned: true }, nullable: false },
  { name: 'write', type: { kind: 'text' }, nullable: false },
];
