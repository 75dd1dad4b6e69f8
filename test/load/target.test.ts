/** The table a step writes to is made, widened or built anew; what is lost by it is asked for first. */
import { describe, expect, test } from 'vitest';
import { publicationOf } from '../../src/load/target.js';
import { bigint, column, targets, text } from '../conformance/targets.js';
import { columns, openTables } from './tables.js';

describe.each(targets)('%s', (_, open) => {
  test('the same definition finds its table as it left it, not fresh', async () => {
    const tables = await openTables(open);
    expect(await tables.prepare()).toMatchObject({ fresh: true, physical: 'stg_items' });
    expect(await tables.prepare()).toMatchObject({ fresh: false, widened: false, physical: 'stg_items' });
  });

  test('a new column is added, and the rows lack its values', async () => {
    const tables = await openTables(open);
    await tables.read([[1, 'a', 0]]);
    const target = await tables.prepare({ columns: [...columns, column('more', text)] });
    expect(target).toMatchObject({ fresh: false, widened: true });
    expect(await tables.rows()).toEqual([[1, 'a', 0, null]]);
  });

  test('a column that is gone or no longer fits stops, and is named; replacing builds anew', async () => {
    const tables = await openTables(open);
    await tables.read([[1, 'a', 0]]);
    const without = columns.filter(({ name }) => name !== 'name');
    const retyped = [...without, column('name', bigint)];
    await expect(tables.prepare({ columns: without })).rejects.toThrow("column 'name' is gone");
    await expect(tables.prepare({ columns: retyped })).rejects.toThrow("column 'name' was text");
    const target = await tables.prepare({ columns: retyped, onIncompatible: 'replace' });
    expect(target.fresh).toBe(true);
    expect(await tables.rows(target.physical)).toEqual([]);
  });

  test('a column that holds nothing may go: a failed run left it', async () => {
    const tables = await openTables(open);
    await tables.prepare({ columns: [...columns, column('left_over', text)] });
    await tables.read([[1, 'a', 0]]);
    const target = await tables.prepare();
    expect(target.columns.map(({ name }) => name)).toEqual(['id', 'name', 'gone']);
  });

  test('another key builds the table anew, though its columns are the same', async () => {
    const tables = await openTables(open);
    await tables.read([[1, 'a', 0]]);
    await expect(tables.prepare({ key: ['id', 'gone'] })).rejects.toThrow('its key was (id)');
    const target = await tables.prepare({ key: ['id', 'gone'], onIncompatible: 'stop_for_columns' });
    expect(target).toMatchObject({ fresh: true, key: ['id', 'gone'] });
    const isSwapped = !tables.engine.capabilities.transactionalDdl;
    expect(publicationOf([target])).toEqual(isSwapped ? [{ name: 'stg_items', replacement: 'stg_items__new' }] : []);
    if (isSwapped) expect(await tables.rows()).toEqual([[1, 'a', 0]]);
  });

  test("somebody's table is never touched; what a killed first run left is empty and taken", async () => {
    const tables = await openTables(open);
    await tables.prepare();
    expect((await tables.prepare({ owned: false })).fresh).toBe(true);
    await tables.read([[1, 'a', 0]]);
    await expect(tables.prepare({ owned: false })).rejects.toMatchObject({ code: 'SCHEMA_CHANGE' });
    expect(await tables.rows()).toEqual([[1, 'a', 0]]);
  });
});
