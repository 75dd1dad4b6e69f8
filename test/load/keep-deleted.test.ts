/** `deleted_rows: keep` and `retention`: rows that the source no longer has stay in staging, each as it must. */
import { describe, expect, test } from 'vitest';
import type { Source } from '../../src/pipeline/types.js';
import { bigint, column, integer, targets, text, timestamp } from '../conformance/targets.js';
import { columns, openTables } from './tables.js';

const flagged = [...columns, column('etl_deleted_at', timestamp)];
const keep: Partial<Source> = { deletes: { policy: 'detect', detectEveryMs: 1 }, deletedRows: 'keep' };
const softly: Partial<Source> = { ...keep, deletes: { policy: 'soft_column', column: 'gone' } };
const [first, second, third] = ['2024-06-01 10:00:00', '2024-06-02 10:00:00.000001', '2024-06-03 10:00:00'] as const;

describe.each(targets)('%s', (_, open) => {
  test('a row that a whole read lacks stays with the time of the run that saw it, which it keeps', async () => {
    const tables = await openTables(open);
    const how = { source: keep, whole: true, target: flagged };
    await tables.read(
      [
        [1, 'a', 0],
        [2, 'b', 0],
      ],
      { ...how, at: first },
    );
    expect(await tables.rows()).toEqual([
      [1, 'a', 0, null],
      [2, 'b', 0, null],
    ]);
    const counts = await tables.read([[1, 'a', 0]], { ...how, at: second, batch: 2 });
    expect(counts).toEqual({ inserted: 0, updated: 1, deleted: 0 });
    expect(await tables.changes(2)).toEqual([['U', 2]]);
    const after = [
      [1, 'a', 0, null],
      [2, 'b', 0, second],
    ];
    expect(await tables.rows()).toEqual(after);
    await tables.read([[1, 'a', 0]], { ...how, at: third, batch: 3 });
    expect(await tables.rows()).toEqual(after);
    expect(await tables.changes(3)).toEqual([]);
  });

  test('a row that comes back is live again, and can be deleted anew', async () => {
    const tables = await openTables(open);
    const how = { source: keep, whole: true, target: flagged };
    await tables.read([[1, 'a', 0]], { ...how, at: first });
    await tables.read([], { ...how, at: second, batch: 2 });
    expect(await tables.read([[1, 'back', 0]], { ...how, at: third, batch: 3 })).toMatchObject({ updated: 1 });
    expect(await tables.rows()).toEqual([[1, 'back', 0, null]]);
    await tables.read([], { ...how, at: third, batch: 4 });
    expect(await tables.rows()).toEqual([[1, 'back', 0, `${third}.000000`]]);
  });

  test('a row marked by its soft column stays as the source has it, since when it was seen to be marked', async () => {
    const tables = await openTables(open);
    const how = { source: softly, target: flagged };
    await tables.read(
      [
        [1, 'a', 1],
        [2, 'b', 0],
      ],
      { ...how, at: first },
    );
    await tables.read(
      [
        [2, 'b', 1],
        [1, 'edited', 1],
      ],
      { ...how, at: second },
    );
    expect(await tables.rows()).toEqual([
      [1, 'edited', 1, `${first}.000000`],
      [2, 'b', 1, second],
    ]);
    await tables.read([[1, 'edited', 0]], { ...how, at: third, batch: 4 });
    expect(await tables.rows()).toEqual([
      [1, 'edited', 0, null],
      [2, 'b', 1, second],
    ]);
    expect(await tables.changes(4)).toEqual([['U', 1]]);
  });

  test('a key that one read brings twice counts as last read', async () => {
    const tables = await openTables(open);
    const how = { source: softly, target: flagged };
    await tables.read(
      [
        [1, 'early', 1],
        [1, 'late', 0],
      ],
      how,
    );
    await tables.read(
      [
        [1, 'later', 0],
        [1, 'latest', 1],
      ],
      { ...how, at: second },
    );
    expect(await tables.rows()).toEqual([[1, 'latest', 1, second]]);
  });

  test('erased columns are NULL as soon as the row is flagged, however it was found deleted, and stay so', async () => {
    const tables = await openTables(open);
    const how = { source: { ...softly, erase: ['name'] }, target: flagged, whole: true };
    await tables.read(
      [
        [1, 'Ann', 1],
        [2, 'Bob', 0],
        [3, 'Cid', 0],
      ],
      { ...how, at: first },
    );
    expect(await tables.rows()).toEqual([
      [1, null, 1, `${first}.000000`],
      [2, 'Bob', 0, null],
      [3, 'Cid', 0, null],
    ]);
    const rest = [
      [1, 'Ann', 1],
      [3, 'Cid', 1],
    ];
    await tables.read(rest, { ...how, at: second, batch: 2 });
    const erased = [
      [1, null, 1, `${first}.000000`],
      [2, null, 0, second],
      [3, null, 1, second],
    ];
    expect(await tables.rows()).toEqual(erased);
    expect(await tables.read(rest, { ...how, at: third, batch: 3 })).toEqual({ inserted: 0, updated: 0, deleted: 0 });
    expect(await tables.rows()).toEqual(erased);
    await tables.read([[3, 'Cid', 0]], { ...how, at: third, batch: 4 });
    expect((await tables.rows())[2]).toEqual([3, 'Cid', 0, null]);
  });

  test('a column that is to be erased from now on is erased in the rows that were flagged before', async () => {
    const tables = await openTables(open);
    const how = { source: keep, whole: true, target: flagged };
    await tables.read([[1, 'Ann', 0]], how);
    await tables.read([], { ...how, at: second });
    await tables.read([], { ...how, source: { ...keep, erase: ['name'] }, at: third, batch: 2 });
    expect(await tables.rows()).toEqual([[1, null, 0, second]]);
  });

  test('rows older than the retention that vanish stay as they are; younger ones and those without an age go', async () => {
    const tables = await openTables(open);
    const aged = [column('id', bigint, false), column('at', timestamp), column('gone', integer)];
    const source: Partial<Source> = { ...softly, deletedRows: 'remove', retention: { column: 'at', afterMs: 1 } };
    const how = { source, columns: aged, target: aged, purgedBefore: '2024-01-01 00:00:00.000000' };
    const old = '2023-12-31 23:59:59.999999';
    const rows = [
      [1, old, 0],
      [2, '2024-01-01 00:00:00', 0],
      [3, null, 0],
      [4, old, 0],
      [5, old, 0],
    ];
    await tables.read(rows, { ...how, whole: true });
    await tables.read(
      [
        [4, old, 1],
        [5, old, 0],
      ],
      { ...how, whole: true },
    );
    expect(await tables.rows()).toEqual([
      [1, old, 0],
      [5, old, 0],
    ]);
  });

  test('with both, purged rows stay unflagged and deleted ones flagged, also once these are old', async () => {
    const tables = await openTables(open);
    const aged = [column('id', bigint, false), column('at', timestamp), column('name', text)];
    const source: Partial<Source> = { ...keep, erase: ['name'], retention: { column: 'at', afterMs: 1 } };
    const how = { source, columns: aged, target: [...aged, column('etl_deleted_at', timestamp)], whole: true };
    const [old, young] = ['2023-12-31 00:00:00.000000', '2024-02-01 00:00:00.000000'];
    await tables.read(
      [
        [1, old, 'a'],
        [2, young, 'b'],
      ],
      { ...how, purgedBefore: '2024-01-01 00:00:00' },
    );
    await tables.read([], { ...how, purgedBefore: '2024-01-01 00:00:00', at: second });
    const kept = [
      [1, old, 'a', null],
      [2, young, null, second],
    ];
    expect(await tables.rows()).toEqual(kept);
    await tables.read([], { ...how, purgedBefore: '2025-01-01 00:00:00', at: third });
    expect(await tables.rows()).toEqual(kept);
  });

  test('a table made anew takes the kept rows over, their values in the new types', async () => {
    const tables = await openTables(open);
    const how = { source: keep, whole: true, target: flagged };
    await tables.read(
      [
        [1, 'a', 7],
        [2, 'b', 8],
      ],
      how,
    );
    await tables.read([[1, 'a', 7]], { ...how, at: second });
    const changed = [column('id', bigint, false), column('gone', text), column('more', integer)];
    const prepared = { onIncompatible: 'replace', carriesRows: true } as const;
    await tables.read([[1, 'seven', 5]], {
      ...how,
      columns: changed,
      target: [...changed, column('etl_deleted_at', timestamp)],
      prepared,
      at: third,
    });
    expect(await tables.rows(tables.target.physical)).toEqual([
      [1, 'seven', 5, null],
      [2, '8', null, second],
    ]);
    expect(tables.target).toMatchObject({ fresh: true, carried: true });
  });

  test.each([
    ['an unknown key', { key: ['other'] }, 'stg_items: rows that it keeps have no other'],
    [
      'a key that does not tell them apart',
      { key: ['gone'] },
      'stg_items: rows that it keeps are not told apart by (gone)',
    ],
  ])('kept rows are not lost for %s: the run stops', async (_name, changes, message) => {
    const tables = await openTables(open);
    await tables.read(
      [
        [1, 'a', 0],
        [2, 'b', 0],
      ],
      { source: keep, whole: true, target: flagged },
    );
    const other = [...columns, column('other', integer), column('etl_deleted_at', timestamp)];
    const prepared = tables.prepare({ columns: other, onIncompatible: 'replace', carriesRows: true, ...changes });
    await expect(prepared).rejects.toMatchObject({ code: 'SCHEMA_CHANGE', message });
    expect((await tables.rows()).length).toBe(2);
  });

  test('a kept value that the new type cannot hold stops the run', async () => {
    const tables = await openTables(open);
    await tables.read([[1, 'a', 0]], { source: keep, whole: true, target: flagged });
    const changed = [column('id', bigint, false), column('name', integer)];
    const prepared = tables.prepare({ columns: changed, onIncompatible: 'replace', carriesRows: true });
    await expect(prepared).rejects.toMatchObject({
      code: 'SCHEMA_CHANGE',
      message: expect.stringMatching(/^stg_items: rows that it keeps do not fit its new columns: /),
    });
  });
});
