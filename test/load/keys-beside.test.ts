/** Keys compared while they are read, in a MySQL warehouse, are gone and unread as a look row by row would say. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dialect } from '../../src/engines/mysql/dialect.js';
import { packRows } from '../../src/engines/rows.js';
import type { Column } from '../../src/engines/types.js';
import { KeysBeside } from '../../src/load/keys-beside.js';
import { goneTableOf } from '../../src/load/work-tables.js';
import { openLab } from '../engines/mysql/warehouse-lab.js';
import { sourceOf } from './tables.js';

const columns: readonly Column[] = [
  { name: 'a', type: { kind: 'text', maxLength: 40 }, nullable: false },
  { name: 'b', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
  { name: 'deleted', type: { kind: 'integer', bits: 8, unsigned: false }, nullable: true },
];
const flag: Column = { name: 'etl_deleted_at', type: { kind: 'timestamp' }, nullable: true };

interface Row {
  readonly a: string;
  readonly b: number;
  /** Marked in the source, or flagged in staging. */
  readonly isDeleted: boolean;
}

const rowsOf = fc.uniqueArray(
  fc.record({ a: fc.constantFrom('x', 'X', 'é', ''), b: fc.integer({ min: -1, max: 12 }), isDeleted: fc.boolean() }),
  { selector: ({ a, b }) => `${a}/${b}`, maxLength: 16 },
);

const nameOf = ({ a, b }: Pick<Row, 'a' | 'b'>) => `${a}/${b}`;

test.each([
  ['as it is', {}],
  ['with rows that it keeps as deleted', { deletedRows: 'keep' }],
  ['with rows that it keeps as deleted, and erases', { deletedRows: 'keep', erase: ['deleted'] }],
  ['of a source that marks rows as deleted', { deletes: { policy: 'soft_column', column: 'deleted' } }],
] as const)('of staging %s both are exact, whatever it, the source and the waiting rows hold', async (_, about) => {
  const source = sourceOf({ table: 'stg_t', key: ['a', 'b'], ...about });
  const keeps = source.deletedRows === 'keep';
  const marks = source.deletes.policy === 'soft_column';
  const erases = source.erase !== undefined;
  const lab = await openLab();
  const session = await lab.session();
  await session.execute(dialect.createTable('stg_t', [...columns, flag], source.key));
  await session.load('stg_t', columns.slice(0, 2), (async function* () {})());
  const fill = async (table: string, names: string, rows: readonly string[]) => {
    await session.execute(`delete from ${table}`);
    if (rows.length > 0) await session.execute(`insert into ${table} (${names}) values ${rows.join(', ')}`);
  };
  const stored = keeps ? [...columns, flag] : columns;
  const read = columns.slice(0, marks ? 3 : 2);
  const look = async (staging: readonly Row[], keys: readonly Row[], waiting: readonly Row[]) => {
    const flagged = (isDeleted: boolean) => (keeps && isDeleted ? `'2024-01-01'` : 'null');
    await fill(
      'stg_t',
      'a, b, deleted, etl_deleted_at',
      staging.map(({ a, b, isDeleted }) => `('${a}', ${b}, null, ${flagged(isDeleted)})`),
    );
    await fill(
      dialect.workTable('stg_t'),
      'a, b',
      waiting.map(({ a, b }) => `('${a}', ${b})`),
    );
    const beside = new KeysBeside({ session, dialect, source, stored, spared: undefined });
    const cells = keys.map(({ a, b, isDeleted }) => [a, String(b), isDeleted ? '1' : b > 5 ? null : '0']);
    const batches = async function* () {
      yield packRows(cells.slice(0, 3).map((row) => row.slice(0, read.length)));
      yield packRows(cells.slice(3).map((row) => row.slice(0, read.length)));
    };
    const loaded = await beside.load(read, batches());
    expect([loaded.rows, beside.isGivenUp]).toEqual([keys.length, false]);
    const { unread, goneTable } = await beside.findings(columns, true);
    const gone = await session.query(`select a, b from ${dialect.workTable(goneTableOf('stg_t'))}`);
    expect(goneTable).toBe(goneTableOf('stg_t'));
    return { unread, gone: gone.map(({ a, b }) => nameOf({ a: String(a), b: Number(b) })).sort() };
  };
  await fc.assert(
    fc.asyncProperty(rowsOf, rowsOf, rowsOf, async (staging, keys, waiting) => {
      const live = keys.filter(({ isDeleted }) => !(marks && isDeleted)).map(nameOf);
      const known = new Set([
        ...staging.filter(({ isDeleted }) => !(keeps && isDeleted)).map(nameOf),
        ...waiting.map(nameOf),
      ]);
      const found = await look(staging, keys, waiting);
      expect(found.unread).toBe(live.filter((name) => !known.has(name)).length);
      expect(found.gone).toEqual(
        staging
          // Those that are gone already matter for what is erased now.
          .filter(({ isDeleted }) => erases || !(keeps && isDeleted))
          .map(nameOf)
          .filter((name) => !live.includes(name))
          .sort(),
      );
    }),
    { numRuns: 40 },
  );
  await session.close();
});

test('too many differences are given up, and leave the session as it was', async () => {
  const source = sourceOf({ table: 'stg_t', key: ['a'] });
  const lab = await openLab();
  const session = await lab.session();
  const key = columns.slice(0, 1);
  await session.execute(dialect.createTable('stg_t', key, source.key));
  await session.execute(`insert into stg_t values ('a'), ('b'), ('c')`);
  const load = async (most: number) => {
    const beside = new KeysBeside({ session, dialect, source, stored: key, spared: `t."a" = 'c'`, most });
    const batches = async function* () {
      yield packRows([['a'], ['x']]);
    };
    await beside.load(key, batches());
    return beside.isGivenUp;
  };
  // 'b' of staging and 'x' of the source; 'c' is spared.
  expect([await load(1), await load(2)]).toEqual([true, false]);
  await session.close();
});
