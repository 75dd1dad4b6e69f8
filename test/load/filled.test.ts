/** A first load is written once: the table that the rows were read into is the one that is published. */
import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/engines/contract.js';
import { loadStaging } from '../../src/load/staging.js';
import { publicationOf, type Target } from '../../src/load/target.js';
import type { Source } from '../../src/pipeline/types.js';
import { batchesOf, targets } from '../conformance/targets.js';
import { columns, openTables, type Rows, sourceOf, type Tables } from './tables.js';

const rows: Rows = [
  [1, 'a', 0],
  [2, 'b', 1],
  [3, null, null],
];

describe.each(targets)('%s', (_, open) => {
  test('rows that came by their key are published as they are, and no row is copied', async () => {
    const tables = await openTables(open);
    const { counts, statements, target } = await firstLoad(tables, rows);
    expect(counts).toEqual({ inserted: 3, updated: 0, deleted: 0 });
    expect(statements).toEqual([]);
    expect(await tables.rows(target.physical)).toEqual(rows);
    await publish(tables, target);
    expect(await tables.rows()).toEqual(rows);
    expect(await tables.prepare()).toMatchObject({ fresh: false, widened: false, reshaped: false });
  });

  test('rows that the source marks as deleted leave, and are not counted', async () => {
    const tables = await openTables(open);
    const { counts, target } = await firstLoad(tables, rows, { deletes: { policy: 'soft_column', column: 'gone' } });
    expect(counts).toEqual({ inserted: 2, updated: 0, deleted: 0 });
    expect(await tables.rows(target.physical)).toEqual([rows[0], rows[2]]);
  });

  test('a table that is there already is merged into, whatever its rows came by', async () => {
    const tables = await openTables(open);
    await tables.read([[1, 'old', 0]]);
    const { counts, target } = await firstLoad(tables, rows);
    expect(target).toMatchObject({ fresh: false, physical: 'stg_items' });
    expect(counts).toEqual({ inserted: 2, updated: 1, deleted: 0 });
    expect(await tables.rows()).toEqual(rows);
  });

  test('a table that takes over old rows is no such table', async () => {
    const tables = await openTables(open);
    await tables.read([[4, 'kept', 0]]);
    const filled = await load(tables, rows);
    const target = await tables.prepare({ filled, anew: 'always', carriesRows: true, onIncompatible: 'replace' });
    expect(target).toMatchObject({ carried: true });
    expect(target.filled).toBeUndefined();
    expect(await tables.rows(target.physical)).toEqual([[4, 'kept', 0]]);
  });

  test("somebody's table keeps its name", async () => {
    const tables = await openTables(open);
    await tables.read([[1, 'a', 0]]);
    const filled = await load(tables, rows);
    await expect(tables.prepare({ filled, owned: false })).rejects.toMatchObject({ code: 'SCHEMA_CHANGE' });
  });
});

/** On DuckDB the rename is a part of the run's transaction. */
async function publish({ session, engine, dialect }: Tables, target: Target): Promise<void> {
  const replaced = [{ name: 'stg_items', replacement: 'etl_work_items' }];
  expect(publicationOf([target])).toEqual(engine.capabilities.transactionalDdl ? [] : replaced);
  if (target.physical !== target.name) await session.execute(dialect.renameTable(target.physical, target.name));
}

async function load({ session }: Tables, loaded: Rows) {
  const { keyed } = await session.load('items', columns, batchesOf(loaded), ['id']);
  expect(keyed).toEqual({ table: 'etl_work_items', rows: loaded.length });
  return keyed;
}

async function firstLoad(tables: Tables, loaded: Rows, changes: Partial<Source> = {}) {
  const target = await tables.prepare({ filled: await load(tables, loaded) });
  const statements: string[] = [];
  const counts = await loadStaging(watched(tables.session, statements), tables.dialect, {
    source: sourceOf(changes),
    target,
    workTable: 'items',
    isKeyed: true,
    whole: true,
    detected: undefined,
    seenAt: '2024-06-01 00:00:00.000000',
    purgedBefore: undefined,
    log: undefined,
  });
  return { target, counts, statements };
}

function watched(session: Session, statements: string[]): Session {
  return new Proxy(session, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...parameters: readonly unknown[]) => {
        statements.push(String(parameters[0]));
        return member.apply(target, parameters);
      };
    },
  });
}
