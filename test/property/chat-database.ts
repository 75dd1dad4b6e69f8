/** The chat in memory as a source that runs read, through the contract of sources; writers may come in between its steps. */
import type { Engine, SourceDatabase, SourceRead, SourceSnapshot } from '../../src/engines/contract.js';
import { packRows } from '../../src/engines/rows.js';
import type { Cell, Column } from '../../src/engines/types.js';
import { boundsOf, isWithin, summarizeRows } from '../engines/range-model.js';
import type { ChatModel } from './chat-model.js';
import { columnsOf, defaultMood, moodColumn, type TableName } from './chat-rows.js';

/** Steps of a run between which others write; `page` comes after each page that was read. */
export const moments = ['describe', 'clock', 'open work', 'snapshot', 'page'] as const;
export type Moment = (typeof moments)[number];

/** Called at each moment, before the step; throws where the source fails there. */
export type AtMoment = (moment: Moment, table: string | undefined) => Promise<void>;

const pageRows = 3;

export function chatDatabase(chat: ChatModel, engine: Engine, at: AtMoment): SourceDatabase {
  const loaded = new Set<string | undefined>();
  return {
    engine,
    serverVersion: 'in memory',
    serverId: 'memory',
    describe: async (read) => describe(chat, read),
    hasCursorIndex: async () => true,
    clock: async () => {
      await at('clock', undefined);
      return chat.now();
    },
    openWork: async () => {
      await at('open work', undefined);
      // A first read of ids gives open transactions three seconds.
      if (chat.openTransactions.length > 0) chat.wait(4);
      const now = chat.now();
      const starts = chat.openTransactions.map(({ startedAt }) => startedAt);
      return { horizon: [now, ...starts].sort()[0] ?? now, oldest: undefined, protection: 'transactions' };
    },
    snapshot: async () => {
      await at('snapshot', undefined);
      return snapshotOf(chat, at, loaded);
    },
    close: async () => undefined,
  };
}

type Row = Readonly<Record<string, Cell>>;

function describe(chat: ChatModel, { table, columns: { exclude, rename } }: SourceRead): readonly Column[] {
  const all = { ...columnsOf[table as TableName], ...(table === 'messages' && chat.hasMood ? moodColumn : {}) };
  return Object.entries(all)
    .filter(([name]) => !exclude.includes(name))
    .map(([name, type]) => ({ name: rename[name] ?? name, type, nullable: name !== 'id' }));
}

/** @param loaded tables that were read from the start; what changed since those reads comes once */
function snapshotOf(chat: ChatModel, at: AtMoment, loaded: Set<string | undefined>): SourceSnapshot {
  const tables = chat.copy() as unknown as Readonly<Record<string, readonly Row[]>>;
  const rowsOf = (read: SourceRead) => tables[read.table ?? ''] ?? [];
  return {
    describe: async (read) => {
      await at('describe', read.table);
      return describe(chat, read);
    },
    maxCursor: async (read, cap) => {
      const cursors = rowsOf(read)
        .map((row) => cursorOf(read, row))
        .filter((cursor) => cursor !== null && (cap === undefined || !isAbove(cursor, bound(read, cap))));
      const largest = cursors.reduce((left, right) => (left === null || isAbove(right, left) ? right : left), null);
      return largest === null ? undefined : String(largest);
    },
    bounds: async (read) => boundsOf(rowsOf(read), read.key),
    summarize: async (read, _columns, request) => summarizeRows(rowsOf(read), request),
    read: async function* (read, wanted, { from, within }) {
      const found = rowsOf(read).filter((row) => {
        if (within !== undefined) return isWithin(row, within.key, within.ranges);
        const cursor = cursorOf(read, row);
        return from === undefined || cursor === null || !isAbove(bound(read, from), cursor);
      });
      if (from === undefined) loaded.add(read.table);
      for (let start = 0; start < found.length; start += pageRows) {
        const page = found.slice(start, start + pageRows);
        const rows = (loaded.has(read.table) ? page : withFirstReadTwice(page)).map((row) =>
          cellsOf(read, wanted, row),
        );
        yield packRows(rows, rows.length);
        await at('page', read.table);
      }
    },
    attachment: undefined,
    close: async () => undefined,
  };
}

function cursorOf({ cursor }: SourceRead, row: Row): Cell {
  return row[cursor?.column ?? ''] ?? null;
}

function bound({ cursor }: SourceRead, value: string): number | string {
  return cursor?.unit === 'id' ? Number(value) : value;
}

function isAbove(left: Cell, right: Cell): boolean {
  return left !== null && right !== null && left > right;
}

/** A row that moves while pages are read comes twice, first as it was: the last read counts. */
function withFirstReadTwice(page: readonly Row[]): readonly Row[] {
  const [first] = page;
  const outdated = Object.entries(first ?? {}).map(([name, value]) => [name, name === 'body_chars' ? 1000 : value]);
  return [Object.fromEntries(outdated), ...page];
}

function cellsOf({ columns: { rename } }: SourceRead, wanted: readonly Column[], row: Row): readonly Cell[] {
  return wanted.map(({ name, type }) => {
    const sourceName = Object.entries(rename).find(([, to]) => to === name)?.[0] ?? name;
    const cell = row[sourceName] ?? (sourceName === 'mood' ? defaultMood : null);
    return type.kind === 'integer' && type.bits === 64 ? String(cell) : cell;
  });
}
