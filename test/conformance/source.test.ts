/** Sources: what is described, read from a cursor on, cut into batches, capped and stopped, the same on every engine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SourceColumns, SourceDatabase, SourceRead } from '../../src/engines/contract.js';
import { loadEngine } from '../../src/engines/registry.js';
import { unpackRows } from '../../src/engines/rows.js';
import type { Cell } from '../../src/engines/types.js';
import { freshDatabase } from '../servers/database.js';
import { settings } from './targets.js';

interface Source {
  readonly database: SourceDatabase;
  remove(): Promise<void>;
}

const sources: readonly (readonly [string, () => Promise<Source>])[] = [
  ['duckdb', openDuckdb],
  ['mysql', openMysql],
];

/** 10 notes: 2 to 4 share a cursor, 10 has none. */
const statements = [
  `create table notes (id bigint not null, body varchar(200), seen integer, price decimal(30, 4), updated_at timestamp(6) null)`,
  ...Array.from({ length: 10 }, (_, index) => {
    const id = index + 1;
    const at = id === 10 ? 'null' : `'2024-01-01 00:00:0${id >= 2 && id <= 4 ? 2 : id}.123456'`;
    return `insert into notes values (${id === 9 ? '9007199254740993' : id}, 'note ''${id}'' 😀', ${id * 10}, 12345678901234567890.5, ${at})`;
  }),
];

async function openDuckdb(): Promise<Source> {
  const root = mkdtempSync(join(tmpdir(), 'chat-etl-conformance-'));
  const instance = await DuckDBInstance.create(join(root, 'chat.duckdb'));
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement.replace('timestamp(6)', 'timestamp'));
  connection.closeSync();
  instance.closeSync();
  const engine = await loadEngine('duckdb');
  const options = { path: 'chat.duckdb' };
  const database = await engine.openSource({ name: 'oltp', type: 'duckdb', options, root }, settings);
  return {
    database,
    remove: async () => {
      await database.close();
      rmSync(root, { recursive: true });
    },
  };
}

async function openMysql(): Promise<Source> {
  const server = await freshDatabase('source');
  for (const statement of statements) await server.query(statement.replace('timestamp(6)', 'datetime(6)'));
  const engine = await loadEngine('mysql');
  const connection = { name: 'oltp', type: 'mysql', options: server.options, root: '.' };
  const database = await engine.openSource(connection, settings);
  return {
    database,
    remove: async () => {
      await database.close();
      await server.drop();
    },
  };
}

function readOf(columns: Partial<SourceColumns> = {}, query?: string): SourceRead {
  return {
    table: query === undefined ? 'notes' : undefined,
    query,
    columns: { include: undefined, exclude: [], rename: {}, add: {}, ...columns },
    key: ['id'],
    cursor: { column: 'updated_at', unit: 'timestamp', timezone: 'UTC' },
  };
}

interface Limits {
  readonly from?: string;
  readonly batchRows?: number;
  readonly batchBytes?: number;
  readonly signal?: AbortSignal;
}

async function readBatches(database: SourceDatabase, read: SourceRead, limits: Limits = {}) {
  const columns = await database.describe(read);
  const snapshot = await database.snapshot();
  const { from, batchRows = 1000, batchBytes = 1e6, signal = new AbortController().signal } = limits;
  try {
    const batches: (readonly (readonly Cell[])[])[] = [];
    for await (const batch of snapshot.read(read, columns, { from, batchRows, batchBytes, signal })) {
      batches.push(unpackRows(columns, batch));
    }
    return { columns, batches };
  } finally {
    await snapshot.close();
  }
}

async function readIds(database: SourceDatabase, limits: Limits = {}, read = readOf({ include: ['id'] })) {
  const { batches } = await readBatches(database, read, limits);
  return batches
    .flat()
    .map(([id]) => String(id))
    .sort((a, b) => Number(a) - Number(b));
}

describe.each(sources)('%s', (_, open) => {
  let source: Source;
  beforeAll(async () => {
    source = await open();
  });
  afterAll(() => source?.remove());

  test('all columns are described and read in the order of the table', async () => {
    const { columns, batches } = await readBatches(source.database, readOf());
    expect(columns.map(({ name, type }) => [name, type.kind])).toEqual([
      ['id', 'integer'],
      ['body', 'text'],
      ['seen', 'integer'],
      ['price', 'decimal'],
      ['updated_at', 'timestamp'],
    ]);
    const row = batches.flat().find(([id]) => String(id) === '9007199254740993');
    expect([String(row?.[0]), ...(row?.slice(1) ?? [])]).toEqual([
      '9007199254740993',
      "note '9' 😀",
      90,
      '12345678901234567890.5000',
      '2024-01-01 00:00:09.123456',
    ]);
  });

  test('columns are chosen, left out, renamed and added, in the source’s own SQL', async () => {
    const chosen = readOf({
      include: ['seen', 'id', 'body'],
      exclude: ['body'],
      rename: { seen: 'readers' },
      add: { body_chars: 'char_length(body)', twice: 'seen * 2' },
    });
    const { columns, batches } = await readBatches(source.database, chosen);
    expect(columns.map(({ name }) => name)).toEqual(['readers', 'id', 'body_chars', 'twice']);
    expect(batches.flat().map((row) => row.map(String))).toContainEqual(['30', '3', '10', '60']);
  });

  test('a column that is not there is named', async () => {
    for (const columns of [
      { include: ['id', 'nope'] },
      { exclude: ['nope'] },
      { rename: { nope: 'x' } },
      { add: { x: 'nope + 1' } },
    ]) {
      await expect(source.database.describe(readOf(columns))).rejects.toThrow(/nope/);
    }
  });

  test('a query is read like a table', async () => {
    const query = "select id, updated_at, seen from notes where body like 'note%' -- all of them";
    const { columns } = await readBatches(source.database, readOf({ rename: { seen: 'readers' } }, query));
    expect(columns.map(({ name }) => name)).toEqual(['id', 'updated_at', 'readers']);
    expect(await readIds(source.database, { from: '2024-01-01 00:00:08.000000' }, readOf({}, query))).toEqual([
      '8',
      '10',
      '9007199254740993',
    ]);
  });

  test('from a cursor on, its ties and the rows without a cursor come along', async () => {
    expect(await readIds(source.database, { from: '2024-01-01 00:00:02.123456' })).toEqual([
      ...['2', '3', '4', '5', '6', '7', '8', '10', '9007199254740993'],
    ]);
    expect(await readIds(source.database, { from: '2024-01-01 00:00:02.123457' })).toEqual([
      ...['5', '6', '7', '8', '10', '9007199254740993'],
    ]);
    expect(await readIds(source.database)).toHaveLength(10);
  });

  test('a cursor may be a number', async () => {
    const read: SourceRead = { ...readOf({ include: ['id'] }), cursor: { column: 'id', unit: 'id', timezone: 'UTC' } };
    expect(await readIds(source.database, { from: '9' }, read)).toEqual(['10', '9007199254740993']);
    const snapshot = await source.database.snapshot();
    expect(await snapshot.maxCursor(read, undefined)).toBe('9007199254740993');
    expect(await snapshot.maxCursor(read, '9007199254740992')).toBe('10');
    await snapshot.close();
  });

  test('the largest cursor is exact, and no larger than its cap', async () => {
    const snapshot = await source.database.snapshot();
    const read = readOf();
    expect(await snapshot.maxCursor(read, undefined)).toBe('2024-01-01 00:00:09.123456');
    expect(await snapshot.maxCursor(read, '2024-01-01 00:00:09.123456')).toBe('2024-01-01 00:00:09.123456');
    expect(await snapshot.maxCursor(read, '2024-01-01 00:00:09.123455')).toBe('2024-01-01 00:00:08.123456');
    expect(await snapshot.maxCursor(read, '2023-01-01 00:00:00.000000')).toBeUndefined();
    await snapshot.close();
  });

  test.each([1, 2, 3, 7])('batches of %s rows lose nothing at their borders', async (batchRows) => {
    for (const from of [undefined, '2024-01-01 00:00:02.123456']) {
      const limits = { batchRows, ...(from === undefined ? {} : { from }) };
      const { batches } = await readBatches(source.database, readOf({ include: ['id', 'updated_at'] }), limits);
      expect(Math.max(...batches.map((rows) => rows.length))).toBeLessThanOrEqual(batchRows);
      expect(new Set(batches.flat().map(([id]) => String(id))).size).toBe(from === undefined ? 10 : 9);
      expect(batches.flat()).toHaveLength(from === undefined ? 10 : 9);
    }
  });

  test('batches are bounded by bytes too', async () => {
    const wide = readOf({ add: { padding: "repeat('x', 100000)" } });
    const { batches } = await readBatches(source.database, wide, { batchBytes: 250_000 });
    expect(batches.length).toBeGreaterThan(2);
    expect(batches.flat()).toHaveLength(10);
  });

  test('a read that is stopped says so', async () => {
    await expect(readBatches(source.database, readOf(), { signal: AbortSignal.abort() })).rejects.toThrow();
    const stop = new AbortController();
    const columns = await source.database.describe(readOf());
    const snapshot = await source.database.snapshot();
    const options = { batchRows: 1, batchBytes: 1e6, from: undefined, signal: stop.signal };
    const reading = (async () => {
      for await (const _batch of snapshot.read(readOf(), columns, options)) stop.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    await snapshot.close();
  });

  test('the clock is UTC and goes on', async () => {
    const first = await source.database.clock();
    const second = await source.database.clock();
    expect(first).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
    expect(first <= second).toBe(true);
    expect(Math.abs(Date.parse(`${first.replace(' ', 'T')}Z`) - Date.now())).toBeLessThan(60_000);
  });

  test('a source knows itself again', () => {
    expect(source.database.serverId).toBeTruthy();
    expect(source.database.serverVersion).toMatch(/\d+\.\d+/);
  });
});
