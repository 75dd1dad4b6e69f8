/** First loads choose how texts are stored; what they say is the same. */
import { expect, test } from 'vitest';
import { columnsOfManyTexts } from '../../../src/engines/duckdb/compression.js';
import { packRows } from '../../../src/engines/rows.js';
import type { Cell, Column } from '../../../src/engines/types.js';
import { inFolder, openWarehouse, withSession } from './lab.js';

const columns: readonly Column[] = [
  { name: 'id', type: { kind: 'integer', bits: 64, unsigned: true }, nullable: false },
  { name: 'body "of all"', type: { kind: 'text' }, nullable: true },
  { name: 'emoji', type: { kind: 'text' }, nullable: true },
  { name: 'rare', type: { kind: 'json' }, nullable: true },
];

/** A text of its own, one of three, and one that is mostly NULL. */
const rowOf = (id: number): Cell[] => [
  String(id),
  `message ${id} 🙂 שלום`,
  ['👍', '❤️', ''][id % 3] ?? '',
  id % 10 === 0 ? `{"n":${id}}` : null,
];
const rows = (count: number) => Array.from({ length: count }, (_, at) => rowOf(at));

test('texts that hardly repeat are told from those that do, and of few nothing is said', () => {
  expect(columnsOfManyTexts(columns, packRows(rows(5000)))).toEqual(new Set(['body "of all"']));
  expect(columnsOfManyTexts(columns, packRows(rows(900)))).toEqual(new Set());
  const twice = rows(2000).map((_, at) => rowOf(at >> 1));
  expect(columnsOfManyTexts(columns, packRows(twice))).toEqual(new Set());
});

test('a first load keeps every text, and no dictionary of those that hardly repeat', async () => {
  await inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await withSession(warehouse, async (session) => {
      async function* batches() {
        yield packRows(rows(200_000).slice(0, 3000));
        yield packRows(rows(200_000).slice(3000));
      }
      const { keyed } = await session.load('t', columns, batches(), ['id']);
      expect(keyed?.rows).toBe(200_000);
      await session.execute('checkpoint');
      const stored = await session.query(
        `select column_name as name, compression from pragma_storage_info('${keyed?.table}') where segment_type = 'VARCHAR' group by all`,
      );
      const of = (name: string) => stored.filter((row) => row.name === name).map((row) => row.compression);
      expect(of('body "of all"')).toEqual(['FSST']);
      expect(of('emoji')).toEqual(['Dictionary']);
      const [found] = await session.query(
        `select count(*) as n, count(*) filter ("body ""of all""" = 'message ' || id || ' 🙂 שלום' and emoji = ['👍', '❤️', ''][1 + (id % 3)::int] and rare is not distinct from case when id % 10 = 0 then '{"n":' || id || '}' end) as same from "${keyed?.table}"`,
      );
      expect([Number(found?.n), Number(found?.same)]).toEqual([200_000, 200_000]);
    });
    await warehouse.close();
  });
});
