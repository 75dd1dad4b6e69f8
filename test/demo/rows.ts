/** The demo's rows in one plain form, whatever they were read from. */
import {
  type DemoRow,
  formatMoment,
  type TableBatch,
  type TableName,
  tableNames,
  tables,
} from '../../src/demo/tables.js';
import type { ChatDatabase } from '../../src/demo/targets.js';

export type PlainRow = readonly (string | null)[];
export type PlainTables = Readonly<Record<TableName, readonly PlainRow[]>>;

export function rowsOf(batches: Iterable<TableBatch>): Record<TableName, DemoRow[]> {
  const rows: Record<TableName, DemoRow[]> = { users: [], chats: [], chat_members: [], messages: [], reactions: [] };
  for (const batch of batches) rows[batch.table].push(...batch.rows);
  return rows;
}

/** Sorted by key, as `readTables` gives them. */
export function plainTables(rows: Readonly<Record<TableName, readonly DemoRow[]>>): PlainTables {
  return mapTables((name) => {
    const plain = rows[name].map((row) =>
      row.map((value, index) => plainValue(tables[name].columns[index]?.kind, value)),
    );
    return name === 'chat_members' ? plain.sort(byFirstTwo) : plain;
  });
}

export async function readTables(database: ChatDatabase): Promise<PlainTables> {
  const found = new Map<TableName, PlainRow[]>();
  for (const name of tableNames) {
    const { columns, key } = tables[name];
    const rows = await database.query(`select * from ${name} order by ${key.join(', ')}`);
    found.set(
      name,
      rows.map((row) => columns.map(({ name, kind }) => plainValue(kind, row[name]))),
    );
  }
  return mapTables((name) => found.get(name) ?? []);
}

/** Undefined where they are equal; a small answer where comparing everything would print everything. */
export function firstDifference(actual: PlainTables, expected: PlainTables): unknown {
  for (const name of tableNames) {
    const [left, right] = [actual[name], expected[name]];
    for (let index = 0; index < Math.max(left.length, right.length); index++) {
      const pair = { table: name, actual: left[index], expected: right[index] };
      if (JSON.stringify(pair.actual) !== JSON.stringify(pair.expected)) return pair;
    }
  }
  return undefined;
}

function mapTables<T>(make: (name: TableName) => T): Record<TableName, T> {
  const entry = (name: TableName) => make(name);
  return {
    users: entry('users'),
    chats: entry('chats'),
    chat_members: entry('chat_members'),
    messages: entry('messages'),
    reactions: entry('reactions'),
  };
}

function plainValue(kind: string | undefined, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (kind === 'boolean') return Number(value) === 1 ? '1' : '0';
  if (kind !== 'timestamp') return String(value);
  if (typeof value === 'number') return formatMoment(value);
  if (typeof value === 'object' && 'micros' in value) return formatMoment(Number(value.micros));
  return String(value);
}

function byFirstTwo(left: PlainRow, right: PlainRow): number {
  return Number(left[0]) - Number(right[0]) || Number(left[1]) - Number(right[1]);
}
