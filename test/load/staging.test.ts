/** What a read brought is in the staging table as the source has it, and in the change log once. */
import { describe, expect, test } from 'vitest';
import type { ColumnType } from '../../src/engines/types.js';
import type { Source } from '../../src/pipeline/types.js';
import { bigint, column, targets, text } from '../conformance/targets.js';
import { openTables } from './tables.js';

const boolean: ColumnType = { kind: 'boolean' };

describe.each(targets)('%s', (_, open) => {
  test('a key that one read brings twice is there once, as last read', async () => {
    const tables = await openTables(open);
    await tables.read([[1, 'first', 0]]);
    const counts = await tables.read(
      [
        [1, 'early', 0],
        [2, 'two', 0],
        [1, 'late', 0],
        [2, 'zwei', 0],
      ],
      { batch: 2 },
    );
    expect(await tables.rows()).toEqual([
      [1, 'late', 0],
      [2, 'zwei', 0],
    ]);
    expect(counts).toEqual({ inserted: 1, updated: 1, deleted: 0 });
    expect(await tables.changes(2)).toEqual([
      ['U', 1],
      ['I', 2],
    ]);
  });

  test('a key that a first read by its cursor brings twice is there once, too', async () => {
    const tables = await openTables(open);
    await tables.read([
      [1, 'early', 0],
      [1, 'late', 0],
    ]);
    expect(await tables.rows()).toEqual([[1, 'late', 0]]);
  });

  test('a whole read that brings a key twice is refused: the declared key is none', async () => {
    const tables = await openTables(open);
    const read = tables.read(
      [
        [1, 'a', 0],
        [1, 'b', 0],
      ],
      { whole: true },
    );
    await expect(read).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
      message: "source 'items' has 2 rows with id = 1",
    });
  });

  test('a NULL in the key is refused', async () => {
    const tables = await openTables(open);
    await expect(tables.read([[null, 'a', 0]])).rejects.toMatchObject({ code: 'SOURCE_DATA' });
  });

  test('rows that are read again unchanged are no changes', async () => {
    const tables = await openTables(open);
    await tables.read([
      [1, 'a', null],
      [2, null, 0],
    ]);
    expect(
      await tables.read(
        [
          [1, 'a', null],
          [2, null, 0],
        ],
        { batch: 2 },
      ),
    ).toEqual({ inserted: 0, updated: 0, deleted: 0 });
    expect(await tables.changes(2)).toEqual([]);
  });

  test('what a whole read lacks is gone; what a partial read lacks stays', async () => {
    const tables = await openTables(open);
    await tables.read([
      [1, 'a', 0],
      [2, 'b', 0],
    ]);
    await tables.read([[1, 'c', 0]], { batch: 2 });
    expect(await tables.rows()).toEqual([
      [1, 'c', 0],
      [2, 'b', 0],
    ]);
    await tables.read([[1, 'c', 0]], { batch: 3, whole: true });
    expect(await tables.rows()).toEqual([[1, 'c', 0]]);
    expect(await tables.changes(3)).toEqual([['D', 2]]);
  });

  test('updates and deletes of an append-only source are refused by their keys, and nothing is written', async () => {
    const tables = await openTables(open);
    const source = { appendOnly: true };
    await tables.read(
      [
        [1, 'a', 0],
        [2, 'b', 0],
      ],
      { source },
    );
    await tables.read(
      [
        [3, 'c', 0],
        [1, 'a', 0],
      ],
      { source, batch: 2 },
    );
    const update = tables.read(
      [
        [1, 'edited', 0],
        [2, 'b', 0],
        [4, 'd', 0],
      ],
      { source, batch: 3 },
    );
    await expect(update).rejects.toMatchObject({
      code: 'APPEND_ONLY',
      message: expect.stringContaining('updated id = 1'),
    });
    const removal = tables.read(
      [
        [1, 'a', 0],
        [3, 'c', 0],
      ],
      { source, batch: 3, whole: true },
    );
    await expect(removal).rejects.toMatchObject({ message: expect.stringContaining('deleted id = 2') });
    expect(await tables.rows()).toEqual([
      [1, 'a', 0],
      [2, 'b', 0],
      [3, 'c', 0],
    ]);
    expect(await tables.changes(3)).toEqual([]);
  });

  const deletes: Source['deletes'] = { policy: 'soft_column', column: 'gone' };
  test.each([
    ['a number', bigint, { no: [null, 0], yes: [1, -1] }],
    ['a boolean', boolean, { no: [null, false], yes: [true, true] }],
    ['a text or time', text, { no: [null, null], yes: ['2024-01-01', 'x'] }],
  ] as const)('rows that %s calls deleted leave, come back, and never arrive', async (_name, type, { no, yes }) => {
    const tables = await openTables(open);
    const how = {
      source: { deletes },
      columns: [column('id', bigint, false), column('name', text), column('gone', type)],
    };
    const ids = async () => (await tables.rows()).map(([id]) => id);
    await tables.read(
      [
        [1, 'a', no[0]],
        [2, 'b', no[1]],
        [3, 'c', yes[0]],
      ],
      how,
    );
    expect(await ids()).toEqual([1, 2]);
    await tables.read(
      [
        [1, 'a', yes[1]],
        [2, 'b', no[0]],
        [4, 'd', yes[0]],
      ],
      { ...how, batch: 2 },
    );
    expect(await ids()).toEqual([2]);
    expect((await tables.changes(2))[0]).toEqual(['D', 1]);
    await tables.read([[1, 'a', no[0]]], { ...how, batch: 3 });
    expect(await ids()).toEqual([1, 2]);
    expect(await tables.changes(3)).toEqual([['I', 1]]);
  });

  test('a table without a key equals the read as a bag of rows, and equal bags are left alone', async () => {
    const tables = await openTables(open);
    const how = { source: { key: [] }, whole: true };
    await tables.read(
      [
        [1, 'a', 0],
        [1, 'a', 0],
        [null, null, null],
      ],
      how,
    );
    const nothing = { inserted: 0, updated: 0, deleted: 0 };
    expect(
      await tables.read(
        [
          [null, null, null],
          [1, 'a', 0],
          [1, 'a', 0],
        ],
        how,
      ),
    ).toEqual(nothing);
    expect(
      await tables.read(
        [
          [1, 'a', 0],
          [null, null, null],
          [null, null, null],
        ],
        how,
      ),
    ).toMatchObject({ inserted: 3 });
    expect(await tables.rows()).toHaveLength(3);
    expect((await tables.rows()).filter(([id]) => id === null)).toHaveLength(2);
  });
});
