import { expect, test } from 'vitest';
import type { Session } from '../../../src/engines/contract.js';
import { inFolder, openWarehouse, withSession } from './lab.js';

/** `table a b-` says that it is a table with the columns a and b, of which b is gone from its source. */
async function seen(session: Session, ...names: readonly string[]): Promise<readonly (string | undefined)[]> {
  const found = await Promise.all(names.map((name) => session.columns(name)));
  return found.map(
    (it) => it && [it.kind, ...it.columns.map(({ name, isGone }) => `${name}${isGone ? '-' : ''}`)].join(' '),
  );
}

const changes: readonly (readonly [what: string, sql: string, seen: readonly (string | undefined)[]])[] = [
  ['a new table', 'create table "new" (x int)', ['table id', 'view id', 'table x']],
  ['a new view', 'create view "new" as select 1 as y, 2 as z', ['table id', 'view id', 'view y z']],
  ['a new column', 'alter table "t" add column "more" int', ['table id more', 'view id', undefined]],
  ['a comment', `comment on column "t"."id" is '(gone)'`, ['table id-', 'view id', undefined]],
  ['a dropped table', 'drop table "t"', [undefined, 'view id', undefined]],
  ['a view defined anew', 'create or replace view "v" as select 1 as other', ['table id', 'view other', undefined]],
  ['a view that becomes a table', 'drop view "v"; create table "v" (w int)', ['table id', 'table w', undefined]],
  ['a scratch table', 'create or replace temp table "t" as select 1 as scratch', ['table id', 'view id', undefined]],
];

test.each(changes)('a transaction that knows its tables sees %s of its own until it is rolled back', (_, sql, after) =>
  inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await withSession(warehouse, async (session) => {
      await session.execute('create table t (id int); create view v as select * from t');
      const before = ['table id', 'view id', undefined];
      await session.begin();
      expect(await seen(session, 't', 'v', 'new')).toEqual(before);
      await session.execute(sql);
      expect(await seen(session, 't', 'v', 'new')).toEqual(after);
      const names = ['t', 'v', 'new'].filter((_, index) => after[index] !== undefined);
      expect([...(await session.relations())].sort()).toEqual(names.sort());
      await session.rollback();
      expect(await seen(session, 't', 'v', 'new')).toEqual(before);
    });
    await warehouse.close();
  }),
);

test('what others define meanwhile is seen when the transaction has ended', () =>
  inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await withSession(warehouse, async (session) => {
      await session.begin();
      expect(await seen(session, 't')).toEqual([undefined]);
      await withSession(warehouse, (other) => other.execute('create table t (id int)'));
      expect(await seen(session, 't')).toEqual([undefined]);
      await session.commit();
      expect(await seen(session, 't')).toEqual(['table id']);
    });
    await warehouse.close();
  }));
