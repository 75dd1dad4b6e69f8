/** A table is made equal to new rows: only what differs is touched, counted and logged. */
import { describe, expect, test } from 'vitest';
import { type ApplyRequest, applyRows } from '../../src/load/apply.js';
import { batchesOf, targets } from '../conformance/targets.js';
import { columns, openTables, type Rows, type Tables } from './tables.js';

async function apply(tables: Tables, rows: Rows, changes: Partial<ApplyRequest> = {}) {
  const { session, dialect } = tables;
  await session.load('new_rows', columns, batchesOf(rows));
  return applyRows(session, dialect, {
    target: 'stg_items',
    columns: ['id', 'name', 'gone'],
    key: ['id'],
    rows: dialect.workTable('new_rows'),
    deletedWhen: undefined,
    missing: { policy: 'delete' },
    log: { table: 'etl_changes_stg_items', batch: 2, values: [], noted: [] },
    ...changes,
  });
}

describe.each(targets)('%s', (_, open) => {
  test('equal to the new rows afterwards; the log tells each row that changed, and no other', async () => {
    const tables = await openTables(open);
    await tables.read([
      [1, 'same', null],
      [2, null, 0],
      [3, 'gone', 0],
    ]);
    const counts = await apply(tables, [
      [1, 'same', null],
      [2, 'was null', 0],
      [4, 'new', 0],
    ]);
    expect(counts).toEqual({ inserted: 1, updated: 1, deleted: 1 });
    expect(await tables.rows()).toEqual([
      [1, 'same', null],
      [2, 'was null', 0],
      [4, 'new', 0],
    ]);
    expect(await tables.changes(2)).toEqual([
      ['U', 2],
      ['D', 3],
      ['I', 4],
    ]);
  });

  test("letters' case, blanks at the end and NULL are differences", async () => {
    const tables = await openTables(open);
    await tables.read([
      [1, 'a', 0],
      [2, 'a', 0],
      [3, '', 0],
    ]);
    expect(
      (
        await apply(tables, [
          [1, 'A', 0],
          [2, 'a ', 0],
          [3, null, 0],
        ])
      ).updated,
    ).toBe(3);
    expect(await tables.rows()).toEqual([
      [1, 'A', 0],
      [2, 'a ', 0],
      [3, null, 0],
    ]);
  });

  test('of the keys that were looked at, those without a row go; all others stay', async () => {
    const tables = await openTables(open);
    const { session, dialect } = tables;
    await tables.read([
      [1, 'a', 7],
      [2, 'b', 7],
      [3, 'c', 8],
    ]);
    await session.load(
      'looked_at',
      [{ name: 'k', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: true }],
      batchesOf([[7]]),
    );
    const missing = {
      policy: 'delete_of_keys',
      keys: dialect.workTable('looked_at'),
      keyColumns: ['k'],
      targetColumns: ['gone'],
    } as const;
    expect(await apply(tables, [[2, 'b', 7]], { missing })).toEqual({ inserted: 0, updated: 0, deleted: 1 });
    expect(await tables.rows()).toEqual([
      [2, 'b', 7],
      [3, 'c', 8],
    ]);
  });

  test('rows are read where they are: scratch tables hold keys alone, but for tests that look at changed rows', async () => {
    const tables = await openTables(open);
    await tables.read([
      [1, 'a', 0],
      [2, 'b', 0],
    ]);
    const copiesOf = async (rows: Rows, changes: Partial<ApplyRequest> = {}) => {
      const statements: string[] = [];
      const { session } = tables;
      const heard: Tables = {
        ...tables,
        session: Object.assign(Object.create(session) as typeof session, {
          load: session.load.bind(session),
          query: session.query.bind(session),
          execute: (sql: string) => {
            statements.push(sql);
            return session.execute(sql);
          },
        }),
      };
      expect(await apply(heard, rows, changes)).toEqual({ inserted: 1, updated: 1, deleted: 1 });
      const scratch = statements.filter((sql) => /^(create|insert).*etl_scratch_\w*"? .*select/is.test(sql));
      expect(scratch.length).toBeGreaterThan(0);
      return scratch.filter((sql) => sql.split(' from ')[0]?.includes('"name"'));
    };
    const values = [
      [2, 'B', 0],
      [3, 'c', 0],
    ] as const;
    expect(await copiesOf(values)).toEqual([]);
    const kept = { rows: 'changed', removed: 'removed', columns: ['name'], onKept: () => undefined };
    const again = [
      [3, 'C', 0],
      [4, 'd', 0],
    ] as const;
    const log = { table: 'etl_changes_stg_items', batch: 3, values: [], noted: [] };
    expect(await copiesOf(again, { kept, log })).not.toEqual([]);
    expect(await tables.rows()).toEqual([
      [3, 'C', 0],
      [4, 'd', 0],
    ]);
  });

  test('a table of nothing but its key takes new rows and loses old ones', async () => {
    const tables = await openTables(open);
    await tables.prepare({ name: 'keys', columns: columns.slice(0, 1) });
    const request = { target: 'keys', columns: ['id'], log: undefined };
    expect(
      await apply(
        tables,
        [
          [1, '', 0],
          [2, '', 0],
        ],
        request,
      ),
    ).toMatchObject({ inserted: 2 });
    expect(
      await apply(
        tables,
        [
          [2, '', 0],
          [3, '', 0],
        ],
        request,
      ),
    ).toEqual({ inserted: 1, updated: 0, deleted: 1 });
    expect((await tables.session.query('select id from "keys" order by id')).map(({ id }) => id)).toEqual([2, 3]);
  });
});
