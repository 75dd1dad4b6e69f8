import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SourceDatabase, SourceRead } from '../../../src/engines/contract.js';
import { engine } from '../../../src/engines/duckdb/index.js';
import { unpackRow } from '../../../src/engines/rows.js';
import { compareColumns } from '../../../src/load/columns.js';
import { connectionTo, inFolder, kill, openElsewhere, openWarehouse, runSql, settings, withSession } from './lab.js';

const messages = [
  `create table messages as select i::ubigint as id, 'text ' || i as body,
     timestamp '2024-01-01' + to_microseconds(i * 1000003) as updated_at from range(5000) t(i)`,
];

function openSource(folder: string): Promise<SourceDatabase> {
  return engine.openSource(connectionTo(folder, 'chat.duckdb'), settings);
}

function readOf(from: { table: string } | { query: string }): SourceRead {
  return {
    table: 'table' in from ? from.table : undefined,
    query: 'query' in from ? from.query : undefined,
    columns: { include: undefined, exclude: [], rename: {}, add: {} },
    key: ['id'],
    cursor: { column: 'updated_at', unit: 'timestamp', timezone: 'UTC' },
  };
}

async function attachInto(folder: string, source: SourceDatabase, reads: readonly SourceRead[], from?: string) {
  const warehouse = await openWarehouse(folder);
  try {
    const loads = reads.map((read, index) =>
      withSession(warehouse, async (session) => {
        const snapshot = await source.snapshot();
        const columns = await source.describe(read);
        const { attachment } = snapshot;
        if (attachment === undefined) throw new Error('a DuckDB file can be attached');
        const loaded = await session.loadAttached(`read_${index}`, columns, attachment, (alias) =>
          attachment.select(read, columns, from, alias),
        );
        await snapshot.close();
        const table = warehouse.engine.dialect.workTable(`read_${index}`);
        const rows = await session.query(`select * from ${table} order by 1`);
        return { loaded, rows, columns, stored: await session.describe(`select * from ${table}`) };
      }),
    );
    return await Promise.all(loads);
  } finally {
    await warehouse.close();
  }
}

test('a file that is not there, or not a database, is refused with its path', () =>
  inFolder(async (folder) => {
    await expect(openSource(folder)).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining(join(folder, 'chat.duckdb')),
    });
  }));

test('a file that another process writes to cannot be read, which may pass', () =>
  inFolder(async (folder) => {
    const other = await openElsewhere(join(folder, 'chat.duckdb'));
    await expect(openSource(folder)).rejects.toMatchObject({ code: 'CONNECTION', retryable: true });
    await kill(other);
    await (await openSource(folder)).close();
  }));

test('the warehouse cannot be its own source', () =>
  inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder, 'chat.duckdb');
    await expect(openSource(folder)).rejects.toMatchObject({ code: 'CONNECTION' });
    await warehouse.close();
  }));

test('while a source is open nobody can write to it, also after another reader of this process has closed it', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'chat.duckdb');
    await runSql(path, ...messages);
    const [one, two] = [await openSource(folder), await openSource(folder)];
    await one.close();
    await expect(openElsewhere(path)).rejects.toThrow(/lock/);
    expect(await two.describe(readOf({ table: 'messages' }))).toHaveLength(3);
    await two.close();
    await kill(await openElsewhere(path));
  }));

test('what a killed writer had committed is read, and nothing else', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'chat.duckdb');
    await kill(await openElsewhere(path, ...messages, 'begin', 'delete from messages'));
    const source = await openSource(folder);
    const [read] = await attachInto(folder, source, [readOf({ table: 'messages' })]);
    expect(read?.loaded.rows).toBe(5000);
    await source.close();
  }));

test('a warehouse reads several tables of an attached file at once, tables and queries, from a cursor on', () =>
  inFolder(async (folder) => {
    await runSql(
      join(folder, 'chat.duckdb'),
      ...messages,
      "create table users as select range as id, timestamp_s '2024-01-01 00:00:00' as updated_at from range(10)",
    );
    const source = await openSource(folder);
    const query = 'select m.id, u.updated_at from messages m join users u on u.id = m.id -- of both';
    const reads = [readOf({ table: 'messages' }), readOf({ table: 'main.users' }), readOf({ query })];
    const whole = await attachInto(folder, source, reads);
    expect(whole.map(({ loaded }) => loaded.rows)).toEqual([5000, 10, 10]);
    expect(whole[0]?.loaded.bytes).toBe(
      5000 * 16 + Array.from({ length: 5000 }, (_, i) => `text ${i}`).join('').length,
    );
    const some = await attachInto(folder, source, reads.slice(0, 1), messageRow(4991).updated_at);
    expect(some[0]?.rows).toEqual(Array.from({ length: 9 }, (_, place) => messageRow(4991 + place)));
    await source.close();
  }));

test('a file that was changed between two runs is read as it is now', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'chat.duckdb');
    await runSql(path, ...messages);
    const warehouse = await openWarehouse(folder);
    const read = readOf({ table: 'messages' });
    for (const expected of [5000, 5001]) {
      const source = await openSource(folder);
      const snapshot = await source.snapshot();
      const columns = await source.describe(read);
      await withSession(warehouse, async (session) => {
        if (snapshot.attachment === undefined) throw new Error('a DuckDB file can be attached');
        const { attachment } = snapshot;
        const loaded = await session.loadAttached('messages', columns, attachment, (alias) =>
          attachment.select(read, columns, undefined, alias),
        );
        expect(loaded.rows).toBe(expected);
        expect(await session.query('select current_database() as name')).toEqual([{ name: 'warehouse' }]);
      });
      await snapshot.close();
      await source.close();
      if (expected === 5000) {
        await kill(await openElsewhere(path, "insert into messages values (5000, 'new', '2025-01-01')", 'checkpoint'));
      }
    }
    await warehouse.close();
  }));

test('a restored copy in the same place is another source', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'chat.duckdb');
    await runSql(path, ...messages);
    const identity = async () => {
      const source = await openSource(folder);
      await source.close();
      return source.serverId;
    };
    const before = await identity();
    expect(await identity()).toBe(before);
    copyFileSync(path, `${path}.copy`);
    rmSync(path);
    copyFileSync(`${path}.copy`, path);
    expect(await identity()).not.toBe(before);
  }));

test('types that only DuckDB has arrive as what holds them exactly, alike by pages and by attaching', () =>
  inFolder(async (folder) => {
    await runSql(
      join(folder, 'chat.duckdb'),
      "set TimeZone = 'America/New_York'",
      `create table odd as select 1 as id, timestamptz '2024-01-01 00:00:00.5+02' as updated_at,
         170141183460469231731687303715884105727::hugeint // 10 as huge, uuid '00000000-0000-0000-0000-000000000001' as unique_id,
         'b'::enum('a', 'b') as letter, {'k': [1, null], 's': 'é'} as nested, ['x', 'y'] as list, map {'a': 1} as pairs,
         time '10:00:00.5' as clock, time '23:59:59' as clock_whole, interval '1 month 2 days' as span, '101'::bit as bits,
         timestamp_ns '2024-01-01 00:00:00.123456789' as nanos, timestamp_ms '2024-01-01 00:00:00.123' as millis,
         1.5::float as single, '{"a": 1.10, "b": 123456789012345678901234567890}'::json as props, '\\x00\\xFF'::blob as bytes, true as flag`,
    );
    const source = await openSource(folder);
    const read = readOf({ table: 'odd' });
    const expected = {
      ...{ id: 1, updated_at: '2023-12-31 22:00:00.500000', huge: '17014118346046923173168730371588410572' },
      ...{ unique_id: '00000000-0000-0000-0000-000000000001', letter: 'b', nested: '{"k":[1,null],"s":"é"}' },
      ...{ list: '["x","y"]', pairs: '{"a":1}', clock: '10:00:00.500000', clock_whole: '23:59:59.000000' },
      ...{ span: '1 month 2 days', bits: '101', nanos: '2024-01-01 00:00:00.123456789' },
      ...{
        millis: '2024-01-01 00:00:00.123000',
        single: 1.5,
        props: '{"a": 1.10, "b": 123456789012345678901234567890}',
        bytes: [0, 255],
        flag: true,
      },
    };
    const plain = (value: unknown) => (value instanceof Uint8Array ? [...value] : value);
    const [attached] = await attachInto(folder, source, [read]);
    expect(Object.fromEntries(Object.entries(attached?.rows[0] ?? {}).map(([k, v]) => [k, plain(v)]))).toEqual(
      expected,
    );

    const snapshot = await source.snapshot();
    const columns = await source.describe(read);
    const batches = snapshot.read(read, columns, {
      ...{ batchRows: 10, batchBytes: 1e6, from: undefined, signal: new AbortController().signal },
    });
    for await (const batch of batches) {
      const cells = unpackRow(columns, batch, 0).map((cell, index) => [columns[index]?.name, plain(cell)]);
      expect(Object.fromEntries(cells)).toEqual(expected);
    }
    expect(await snapshot.maxCursor(read, undefined)).toBe('2023-12-31 22:00:00.500000');
    await snapshot.close();
    await source.close();
  }));

test('rows that are attached fit the table made of their columns', () =>
  inFolder(async (folder) => {
    await runSql(join(folder, 'chat.duckdb'), ...messages);
    const source = await openSource(folder);
    const [read] = await attachInto(folder, source, [readOf({ table: 'messages' })]);
    expect(compareColumns(read?.columns ?? [], read?.stored ?? [])).toEqual({
      added: [],
      dropped: [],
      widened: [],
      changed: [],
    });
    await source.close();
  }));

test('a file of which nobody else can write has nothing open', () =>
  inFolder(async (folder) => {
    await runSql(join(folder, 'chat.duckdb'), ...messages);
    const source = await openSource(folder);
    const before = await source.clock();
    const open = await source.openWork();
    expect(open).toMatchObject({ oldest: undefined, protection: 'exclusive' });
    expect(before <= open.horizon && open.horizon <= (await source.clock())).toBe(true);
    expect(before).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
    await source.close();
  }));

function messageRow(id: number) {
  const micros = id * 1_000_003;
  const seconds = Math.floor(micros / 1_000_000);
  const clock = new Date(Date.UTC(2024, 0, 1) + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return { id, body: `text ${id}`, updated_at: `${clock}.${String(micros % 1_000_000).padStart(6, '0')}` };
}
