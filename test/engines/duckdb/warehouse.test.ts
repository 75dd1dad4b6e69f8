import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holder, inFolder, kill, openElsewhere, openWarehouse, runSql, withSession } from './lab.js';

test('the file is made with its folders, and is free for others once the warehouse is closed', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'a/b/warehouse.duckdb');
    const warehouse = await openWarehouse(folder, 'a/b/warehouse.duckdb');
    const session = await warehouse.session();
    await session.execute('create table kept as select 42 as answer');
    expect(await session.query('select * from kept')).toEqual([{ answer: 42 }]);
    await warehouse.close();
    const other = await openElsewhere(path, 'insert into kept values (43)');
    await kill(other);
    expect(await runSql(path, 'select answer from kept order by 1')).toEqual([[42], [43]]);
  }));

test('a file that another process has open is locked, and the message names that process', () =>
  inFolder(async (folder) => {
    const other = await openElsewhere(join(folder, 'warehouse.duckdb'));
    await expect(openWarehouse(folder)).rejects.toMatchObject({
      code: 'WAREHOUSE_LOCKED',
      message: expect.stringMatching(new RegExp(`warehouse\\.duckdb is held by process ${other.pid} `)),
    });
    await kill(other);
    await (await openWarehouse(folder)).close();
  }));

test('a file that another run holds is locked, and the message names the run', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'warehouse.duckdb');
    const other = await openElsewhere(path);
    const held = { ...holder, runId: 'run-7', pid: other.pid, host: 'there' };
    writeFileSync(`${path}.holder.json`, JSON.stringify(held));
    await expect(openWarehouse(folder)).rejects.toMatchObject({
      code: 'WAREHOUSE_LOCKED',
      message: expect.stringMatching(
        new RegExp(`held by run run-7 \\(process ${other.pid} on there, since 2024-01-01T00:00:00Z\\)`),
      ),
    });
    await kill(other);
  }));

test('a killed run is not blamed for the process that holds the file now', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'warehouse.duckdb');
    const other = await openElsewhere(path);
    writeFileSync(`${path}.holder.json`, JSON.stringify({ ...holder, runId: 'run-7', pid: 1 }));
    await expect(openWarehouse(folder)).rejects.toMatchObject({
      message: expect.stringContaining(`held by process ${other.pid} `),
    });
    await kill(other);
  }));

test('one process cannot open a warehouse twice, which DuckDB itself would let it', () =>
  inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await warehouse.acquire(holder);
    await expect(openWarehouse(folder)).rejects.toMatchObject({
      code: 'WAREHOUSE_LOCKED',
      message: expect.stringContaining('run-1'),
    });
    await warehouse.close();
    await (await openWarehouse(folder)).close();
  }));

test('the lease writes down its holder and takes the note away again', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'warehouse.duckdb.holder.json');
    const warehouse = await openWarehouse(folder);
    const lease = await warehouse.acquire(holder);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(holder);
    await withSession(warehouse, (session) => lease.assertHeld(session));
    expect(lease.lost.aborted).toBe(false);
    await lease.release();
    expect(existsSync(file)).toBe(false);
    await warehouse.close();
  }));

test('recovery takes away what a killed run left beside the file, and not the note of the run that recovers', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'warehouse.duckdb');
    writeFileSync(`${path}.holder.json`, JSON.stringify({ ...holder, runId: 'run-0' }));
    mkdirSync(`${path}.tmp`);
    writeFileSync(join(`${path}.tmp`, 'duckdb_temp_storage-0.tmp'), 'x');
    const warehouse = await openWarehouse(folder);
    await warehouse.recover();
    expect([existsSync(`${path}.holder.json`), existsSync(`${path}.tmp`)]).toEqual([false, false]);
    const lease = await warehouse.acquire(holder);
    await warehouse.recover();
    expect(existsSync(`${path}.holder.json`)).toBe(true);
    await lease.release();
    await warehouse.close();
  }));

test('what a killed process had not committed is gone, its work tables too', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'warehouse.duckdb');
    const other = await openElsewhere(
      path,
      'create table numbers as select 1 as n',
      "attach ':memory:' as etl_work",
      'create table etl_work.main.numbers as select 2 as n',
      'begin',
      'insert into numbers select * from etl_work.main.numbers',
      'create table half as select 3 as n',
    );
    await kill(other);
    const warehouse = await openWarehouse(folder);
    await withSession(warehouse, async (session) => {
      expect(await session.query('select n from numbers')).toEqual([{ n: 1 }]);
      expect(await session.columns('half')).toBeUndefined();
      expect(await session.query("select table_name from duckdb_tables() where database_name = 'etl_work'")).toEqual(
        [],
      );
    });
    await warehouse.close();
  }));

test('recovery drops the tables that first loads of a killed run had filled in the file, and no other', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'warehouse.duckdb');
    const other = await openElsewhere(
      path,
      'create table etl_work_stg_messages as select 1 as id',
      'create table stg_messages as select 1 as id',
    );
    await kill(other);
    const warehouse = await openWarehouse(folder);
    await warehouse.recover();
    await withSession(warehouse, async (session) => {
      expect(await session.relations()).toEqual(new Set(['stg_messages']));
    });
    await warehouse.close();
  }));

test('a file that is no DuckDB file is refused with its path', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'warehouse.duckdb'), 'x'.repeat(20_000));
    await expect(openWarehouse(folder)).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('warehouse.duckdb'),
    });
  }));

test.each(['temp', 'system', 'main', 'memory', 'select', '1 - a.b'])('a warehouse may be called %s.duckdb', (name) =>
  inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder, `${name}.duckdb`);
    const { dialect } = warehouse.engine;
    await withSession(warehouse, async (session) => {
      const n = { name: 'n', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: true } as const;
      await session.execute(dialect.createTable('kept', [n], []));
      for (const statement of dialect.createScratchTableAs('one', 'select 1 as n')) await session.execute(statement);
      await session.execute(`insert into kept select n from ${dialect.scratchTable('one')}`);
      expect((await session.columns('kept'))?.columns).toHaveLength(1);
    });
    await warehouse.close();
    expect(await runSql(join(folder, `${name}.duckdb`), 'select n from kept')).toEqual([[1]]);
  }),
);

test('a warehouse may not be called as the database of its work tables', () =>
  inFolder(async (folder) => {
    await expect(openWarehouse(folder, 'etl_work.duckdb')).rejects.toMatchObject({ code: 'DEFINITION' });
  }));

test('two writers of one table are a conflict that may be tried again', () =>
  inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    const [one, two] = [await warehouse.session(), await warehouse.session()];
    await one.execute('create table shared as select 1 as n');
    await one.begin();
    await two.begin();
    await one.execute('update shared set n = 2');
    await expect(two.execute('update shared set n = 3')).rejects.toMatchObject({ code: 'DEADLOCK', retryable: true });
    await two.rollback();
    await one.commit();
    expect(await two.query('select n from shared')).toEqual([{ n: 2 }]);
    await warehouse.close();
  }));

test('zones of the analytical day need nothing but DuckDB itself', () =>
  inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await warehouse.checkTimezone('Europe/Berlin');
    await withSession(warehouse, async (session) => {
      const loaded = await session.query(
        "select extension_name as name from duckdb_extensions() where install_mode <> 'STATICALLY_LINKED' and loaded",
      );
      expect(loaded).toEqual([]);
      await expect(session.query("select * from 'https://example.invalid/a.csv'")).rejects.toThrow(/httpfs/);
    });
    await warehouse.close();
  }));
