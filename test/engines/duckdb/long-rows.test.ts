/** What DuckDB copies of long texts beside `memory_limit` is done without, where such were loaded. */
import { expect, test } from 'vitest';
import type { Warehouse } from '../../../src/engines/contract.js';
import { packRows } from '../../../src/engines/rows.js';
import type { Column, RowBatch } from '../../../src/engines/types.js';
import { inFolder, openWarehouse, withSession } from './lab.js';

const columns: readonly Column[] = [{ name: 'body', type: { kind: 'text' }, nullable: true }];
const megabyte = 1024 * 1024;

/** Batches that say how many bytes their rows have. */
async function load(warehouse: Warehouse, ...batches: readonly { rows: number; megabytes: number }[]): Promise<void> {
  const each = async function* (): AsyncGenerator<RowBatch> {
    for (const { rows, megabytes } of batches) {
      yield packRows(
        Array.from({ length: rows }, () => ['text']),
        megabytes * megabyte,
      );
    }
  };
  await withSession(warehouse, (session) => session.load('rows', columns, each()));
}

/** Whether small chunks are copied into larger ones, in the transaction of another session. */
async function copies(warehouse: Warehouse): Promise<unknown> {
  return withSession(warehouse, async (session) => {
    await session.begin();
    const [row] = await session.query("select current_setting('enable_caching_operators') as copies");
    await session.rollback();
    return row?.copies;
  });
}

test('short rows leave DuckDB as it is, in batches of any size', () =>
  inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await load(warehouse, { rows: 5000, megabytes: 16 }, { rows: 5000, megabytes: 64 }, { rows: 1, megabytes: 1 });
    expect(await copies(warehouse)).toBe(true);
    await warehouse.close();
  }));

test('long rows are known by what 2,048 neighbours weigh, in one batch or in several', () =>
  inFolder(async (folder) => {
    const long = [
      [{ rows: 4, megabytes: 40 }],
      [
        { rows: 100, megabytes: 16 },
        { rows: 100, megabytes: 17 },
      ],
    ];
    for (const [index, batches] of long.entries()) {
      const warehouse = await openWarehouse(folder, `${index}.duckdb`);
      await load(warehouse, ...batches);
      expect(await copies(warehouse)).toBe(false);
      await warehouse.close();
    }
  }));

test('a session that was open before, and asks outside of a transaction, does without copies as well', () =>
  inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await withSession(warehouse, async (session) => {
      const asked = async () =>
        (await session.query("select current_setting('enable_caching_operators') as copies"))[0]?.copies;
      expect(await asked()).toBe(true);
      await load(warehouse, { rows: 4, megabytes: 40 });
      expect(await asked()).toBe(false);
    });
    await warehouse.close();
  }));

test('a transaction after long rows is written into the file at its commit, not into the log before', () =>
  inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await load(warehouse, { rows: 4, megabytes: 40 });
    await withSession(warehouse, async (session) => {
      await session.begin();
      await session.execute('create table kept as select 42 as answer');
      await session.commit();
      const [row] = await session.query(
        'select wal_size as logged from pragma_database_size() where database_name = ?',
        ['warehouse'],
      );
      expect(row?.logged).toBe('0 bytes');
    });
    await warehouse.close();
  }));
