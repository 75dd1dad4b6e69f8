import { join } from 'node:path';
import { expect, test } from 'vitest';
import { classify } from '../../../src/engines/duckdb/errors.js';
import { engine } from '../../../src/engines/duckdb/index.js';
import { EtlError } from '../../../src/errors.js';
import { inFolder, openWarehouse, withSession } from './lab.js';

async function errorOf(work: Promise<unknown>): Promise<EtlError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof EtlError) return thrown;
  throw new Error('an EtlError was expected');
}

test('a refused statement is pointed at, inside of a statement around it and behind wide characters too', () =>
  inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await withSession(warehouse, async (session) => {
      await session.execute('create table t as select 1 as id');
      const pointedAt = async (sql: string) => {
        const error = await errorOf(session.execute(sql));
        const found = engine.sqlErrorPosition(error);
        return { at: found?.position === undefined ? undefined : sql.slice(found.position), name: found?.name };
      };
      expect(await pointedAt("create temp table x as\nselect 'é😀', nope from t")).toEqual({
        at: 'nope from t',
        name: 'nope',
      });
      expect(await pointedAt("insert into t select 'é😀' from from t")).toEqual({ at: 'from t', name: undefined });
      expect(await pointedAt('select zork(id) from t')).toEqual({ at: 'zork(id) from t', name: 'zork' });
      expect(await pointedAt('select 1 from "no such"')).toEqual({ at: '"no such"', name: 'no such' });
      expect(await pointedAt('select id, count(*) from t')).toEqual({ at: 'id, count(*) from t', name: undefined });
      expect(await pointedAt("select 1 + cast('x' as integer)")).toMatchObject({ at: "cast('x' as integer)" });
    });
    await warehouse.close();
  }));

test('an error inside of a view is not pointed at in the statement that reads the view', () =>
  inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await withSession(warehouse, async (session) => {
      await session.execute('create table t as select 1 as id, 2 as gone');
      await session.execute('create view v as select id, gone from t');
      await session.execute('alter table t drop column gone');
      const error = await errorOf(session.query('select id from v where id > 5'));
      expect(engine.sqlErrorPosition(error)).not.toHaveProperty('position');
    });
    await warehouse.close();
  }));

test('a message keeps its first line, and what DuckDB suggests is the hint', () =>
  inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await withSession(warehouse, async (session) => {
      await session.execute('create table messages as select 1 as id');
      expect(await errorOf(session.query('select id from mesages'))).toMatchObject({
        message: 'Table with name mesages does not exist!',
        hint: "did you mean 'messages'?",
        sql: 'select id from mesages',
      });
    });
    await warehouse.close();
  }));

test('too little memory says what to raise', () =>
  inFolder(async (folder) => {
    const options = { path: join(folder, 'small.duckdb'), memory_limit: '20MB', threads: 1 };
    const settings = { timeoutMs: 60_000, label: '' };
    const warehouse = await engine.openWarehouse({ name: 'small', type: 'duckdb', options, root: folder }, settings);
    await withSession(warehouse, async (session) => {
      const all = "select list(range || 'some text that takes memory') as all_of_it from range(10000000)";
      expect(await errorOf(session.query(all))).toMatchObject({
        code: 'TOO_LARGE',
        hint: expect.stringContaining('memory_limit'),
      });
    });
    await warehouse.close();
  }));

test.each([
  ['IO', 'Could not write file "x": No space left on device', 'DISK_FULL', false],
  [
    'Out of Memory',
    'failed to offload data block of size 256 KiB (1 GiB/1 GiB used) max_temp_directory_size',
    'DISK_FULL',
    false,
  ],
  ['IO', 'Could not set lock on file "x": Conflicting lock is held in node (PID 1)', 'WAREHOUSE_LOCKED', false],
  ['TransactionContext', 'Conflict on update!', 'DEADLOCK', true],
  ['TransactionContext', 'Catalog write-write conflict on create with "t"', 'DEADLOCK', true],
  ['Constraint', 'PRIMARY KEY or UNIQUE constraint violation: duplicate key "1"', 'DUPLICATE_KEY', false],
  ['INTERRUPT', 'Interrupted!', 'CANCELLED', false],
  ['IO', 'Cannot open file "x": Permission denied', 'PRIVILEGE', false],
  ['IO', 'Cannot open file "x": No such file or directory', 'IO', false],
  ['Binder', 'Referenced column "lock" not found', 'DATABASE', false],
  ['Conversion', 'Could not convert string to INT32', 'DATABASE', false],
] as const)('%s: %s is %s', (type, message, code, retryable) => {
  const asJson = new Error(JSON.stringify({ exception_type: type, exception_message: message }));
  const asText = new Error(`${type} Error: ${message}`);
  for (const cause of [asJson, asText]) expect(classify(cause)).toMatchObject({ code, retryable, message, cause });
});

test('what is no error of DuckDB keeps its words', () => {
  expect(classify(new Error('Failed to set config'))).toMatchObject({
    code: 'DATABASE',
    message: 'Failed to set config',
  });
  const own = new EtlError('SOURCE_DATA', 'a misfit');
  expect(classify(own)).toBe(own);
});
