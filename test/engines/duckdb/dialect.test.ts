import { expect, test } from 'vitest';
import { dialect } from '../../../src/engines/duckdb/dialect.js';
import type { Column, ColumnType } from '../../../src/engines/types.js';

const types: Readonly<Record<string, ColumnType>> = {
  flag: { kind: 'boolean' },
  tiny: { kind: 'integer', bits: 8, unsigned: false },
  small: { kind: 'integer', bits: 16, unsigned: true },
  plain: { kind: 'integer', bits: 32, unsigned: false },
  big: { kind: 'integer', bits: 64, unsigned: true },
  money: { kind: 'decimal', precision: 18, scale: 2 },
  wide: { kind: 'decimal', precision: 65, scale: 30 },
  single: { kind: 'float' },
  ratio: { kind: 'double' },
  title: { kind: 'text', maxLength: 191 },
  body: { kind: 'text' },
  hash: { kind: 'binary', maxLength: 16 },
  day: { kind: 'date' },
  clock: { kind: 'time' },
  at: { kind: 'timestamp' },
  props: { kind: 'json' },
};
const columns: readonly Column[] = Object.entries(types).map(([name, type]) => ({ name, type, nullable: true }));

const writtenColumns: readonly Pick<Column, 'name' | 'type'>[] = [
  { name: 'word', type: { kind: 'text' } },
  { name: 'is_so', type: { kind: 'boolean' } },
  { name: 'count', type: { kind: 'integer', bits: 64, unsigned: false } },
  { name: 'price', type: { kind: 'decimal', precision: 10, scale: 2 } },
  { name: 'share', type: { kind: 'double' } },
  { name: 'day', type: { kind: 'date' } },
  { name: 'at', type: { kind: 'timestamp' } },
];

test('the SQL of the dialect is as the golden file has it', async () => {
  const key: Column = { name: 'id', type: { kind: 'integer', bits: 64, unsigned: true }, nullable: false };
  const code: Column = { name: 'code', type: { kind: 'text' }, nullable: true };
  const rewritten = dialect.rewriteTable('fact', [key, code], ['select 1, null', 'select 2, null']);
  const statements = [
    dialect.createTable('all_types', [key, ...columns], ['id']),
    dialect.createTable('nullable_key', [key, code], ['id', 'code']),
    dialect.addColumn('all_types', { name: 'added "so"', type: { kind: 'text' }, nullable: true }),
    dialect.addColumn('all_types', { name: 'more', type: { kind: 'json' }, nullable: true }),
    dialect.redefineColumn('all_types', { ...key, name: 'plain' }, { kind: 'integer', bits: 32, unsigned: true }),
    dialect.redefineColumn(
      'all_types',
      { name: 'props', type: { kind: 'json' }, nullable: true, isGone: true },
      { kind: 'json' },
    ),
    dialect.writtenRows(writtenColumns, [
      ["it's", '1', '-12', '0.50', '1.5e-7', '2024-01-31', '2024-01-31 10:30:00.000000'],
      ['"', null, null, null, null, null, null],
    ]),
    dialect.writtenRows(writtenColumns.slice(0, 2), []),
    dialect.createView('a_view', 'select 1 as x'),
    dialect.dropTable('a_table'),
    dialect.dropView('a_view'),
    ...dialect.createScratchTableAs('changes', 'select 1 as x'),
    dialect.dropScratchTable('changes'),
    ...dialect.createScratchViewAs('delta', 'select 1 as x'),
    dialect.dropScratchView('delta'),
    dialect.dropWorkTable('messages'),
    ...dialect.upsert('fact', ['a', 'b', 'v', 'w'], ['a', 'b'], dialect.scratchTable('upserts')),
    ...dialect.upsert('only_keys', ['a'], ['a'], dialect.workTable('keys')),
    ...dialect.upsert('fact', ['a', 'v'], ['a'], '(select 1 as a, 2 as v)', dialect.scratchTable('known')),
    ...(rewritten?.statements ?? []),
    rewritten?.additions,
    dialect.deleteMatching('fact', ['a', 'b'], dialect.scratchTable('removed'), ['x', 'y']),
    ...dialect.replaceLoaded(dialect.workTable('messages'), ['a', 'b', 'v'], ['a', 'b'], 'catchup_messages'),
    dialect.deleteLoaded(dialect.workTable('messages'), 't."a" > 1'),
    dialect.distinct('n."a"', 't."a"'),
    dialect.timestamp('2024-03-01 10:00:00.123456'),
    ...[null, 1, -0.5, Number.NaN, 12345678901234567890n, true, false, "it's", 'back\\slash', '😀'].map(
      dialect.literal,
    ),
  ];
  await expect(`${statements.join(';\n\n')};\n`).toMatchFileSnapshot('../../golden/dialect-duckdb.sql');
});

test('a decimal that text holds with more places is not widened in place: its rows are spelled otherwise', () => {
  const wide = (scale: number): Column => ({
    name: 'v',
    type: { kind: 'decimal', precision: 60, scale },
    nullable: true,
  });
  const narrow: ColumnType = { kind: 'decimal', precision: 30, scale: 4 };
  expect(dialect.redefineColumn('t', wide(5), narrow)).toBeUndefined();
  expect(dialect.redefineColumn('t', wide(4), narrow)).toContain('set data type varchar');
});
