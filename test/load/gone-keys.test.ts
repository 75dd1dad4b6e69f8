/** Keys of staging that a source has no more, and how many of its keys no read has brought, as a row by row look would say. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { capabilities } from '../../src/engines/duckdb/capabilities.js';
import { dialect } from '../../src/engines/duckdb/dialect.js';
import type { Column } from '../../src/engines/types.js';
import { areKeysInMemory, findGoneKeys } from '../../src/load/gone-keys.js';
import { findUnreadKeys } from '../../src/load/unread-keys.js';
import { goneTableOf, keysTableOf } from '../../src/load/work-tables.js';
import { inFolder, openWarehouse, withSession } from '../engines/duckdb/lab.js';
import { sourceOf } from './tables.js';

const columns: readonly Column[] = [
  { name: 'a', type: { kind: 'text' }, nullable: false },
  { name: 'b', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
  { name: 'deleted', type: { kind: 'boolean' }, nullable: true },
];

interface Row {
  readonly a: string;
  readonly b: number;
  /** Marked in the source, or flagged in staging. */
  readonly isDeleted: boolean;
}

const rowsOf = fc.uniqueArray(
  fc.record({ a: fc.constantFrom('x', 'X', 'é', ''), b: fc.integer({ min: 0, max: 3 }), isDeleted: fc.boolean() }),
  { selector: ({ a, b }) => `${a}/${b}`, maxLength: 16 },
);

const nameOf = ({ a, b }: Pick<Row, 'a' | 'b'>) => `${a}/${b}`;

test.each([
  ['as it is', {}],
  ['with rows that it keeps as deleted', { deletedRows: 'keep' }],
  ['of a source that marks rows as deleted', { deletes: { policy: 'soft_column', column: 'deleted' } }],
] as const)('of staging %s both are exact, whatever it, the source and the waiting rows hold', async (_, about) => {
  const source = sourceOf({ table: 'stg_t', key: ['a', 'b'], ...about });
  const keeps = source.deletedRows === 'keep';
  const marks = source.deletes.policy === 'soft_column';
  await inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await withSession(warehouse, async (session) => {
      const fill = async (table: string, further: string, rows: readonly string[]) => {
        await session.execute(`create or replace table ${table} (a varchar, b integer${further})`);
        if (rows.length > 0) await session.execute(`insert into ${table} values ${rows.join(', ')}`);
      };
      const look = async (stored: readonly Row[], read: readonly Row[], waiting: readonly Row[]) => {
        const flag = (isDeleted: boolean) => (isDeleted ? `timestamp '2024-01-01'` : 'null');
        await fill(
          'stg_t',
          ', etl_deleted_at timestamp',
          stored.map(({ a, b, isDeleted }) => `('${a}', ${b}, ${flag(keeps && isDeleted)})`),
        );
        await fill(
          dialect.workTable(keysTableOf('stg_t')),
          ', deleted boolean',
          read.map(({ a, b, isDeleted }) => `('${a}', ${b}, ${isDeleted})`),
        );
        await fill(
          dialect.workTable('stg_t'),
          '',
          // A row that was read twice waits twice.
          [...waiting, ...waiting.slice(0, 1)].map(({ a, b }) => `('${a}', ${b})`),
        );
        const found = await findGoneKeys(session, dialect, source, columns);
        const gone = await session.query(`select a, b from ${dialect.workTable(goneTableOf('stg_t'))}`);
        return { ...found, gone: gone.map(({ a, b }) => nameOf({ a: String(a), b: Number(b) })).sort() };
      };
      await fc.assert(
        fc.asyncProperty(rowsOf, rowsOf, rowsOf, async (stored, read, waiting) => {
          const live = read.filter(({ isDeleted }) => !(marks && isDeleted)).map(nameOf);
          const known = new Set([
            ...stored.filter(({ isDeleted }) => !(keeps && isDeleted)).map(nameOf),
            ...waiting.map(nameOf),
          ]);
          const found = await look(stored, read, waiting);
          expect(found.unread).toBe(live.filter((name) => !known.has(name)).length);
          expect(found.gone).toEqual(
            stored
              .map(nameOf)
              .filter((name) => !live.includes(name))
              .sort(),
          );
        }),
        { numRuns: 60 },
      );
    });
    await warehouse.close();
  });
});

test('a key that the source has twice is not called unread', async () => {
  const source = sourceOf({ table: 'stg_t', key: ['a'] });
  await inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await withSession(warehouse, async (session) => {
      await session.execute(`create table stg_t as select 'x' as a`);
      await session.execute(`create table ${dialect.workTable(keysTableOf('stg_t'))} as select 'x' as a from range(2)`);
      await session.execute(`create table ${dialect.workTable('stg_t')} (a varchar)`);
      expect(await findUnreadKeys(session, dialect, source, columns)).toMatchObject({ unread: 0 });
      expect(await findGoneKeys(session, dialect, source, columns)).toMatchObject({ unread: 0 });
    });
    await warehouse.close();
  });
});

test('keys are read at once where there is memory for them, and not where there is not', async () => {
  await inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await withSession(warehouse, async (session) => {
      await session.execute(`create table stg_t as select 'x' || range as a from range(300_000)`);
      const ask = () => areKeysInMemory(session, dialect, 'stg_t', capabilities.memoryForKeys ?? '');
      expect(await ask()).toBe(true);
      await session.execute(`set memory_limit = '29 MB'`);
      expect(await ask()).toBe(false);
      await session.execute(`set memory_limit = '31 MB'`);
      expect(await ask()).toBe(true);
    });
    await warehouse.close();
  });
});
