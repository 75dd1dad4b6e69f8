import { expect, test } from 'vitest';
import { refuseOldServer } from '../../../src/engines/mysql/capabilities.js';
import { dialect } from '../../../src/engines/mysql/dialect.js';
import type { Column, ColumnType } from '../../../src/engines/types.js';

const types: Readonly<Record<string, ColumnType>> = {
  flag: { kind: 'boolean' },
  tiny: { kind: 'integer', bits: 8, unsigned: false },
  small: { kind: 'integer', bits: 16, unsigned: true },
  plain: { kind: 'integer', bits: 32, unsigned: false },
  big: { kind: 'integer', bits: 64, unsigned: true },
  money: { kind: 'decimal', precision: 18, scale: 2 },
  single: { kind: 'float' },
  ratio: { kind: 'double' },
  title: { kind: 'text', maxLength: 191 },
  essay: { kind: 'text', maxLength: 4000 },
  body: { kind: 'text' },
  hash: { kind: 'binary', maxLength: 16 },
  blob: { kind: 'binary' },
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
  const code: Column = { name: 'code', type: { kind: 'text' }, nullable: false };
  const wide: Column = { name: 'wide', type: { kind: 'text', maxLength: 1000 }, nullable: true };
  const statements = [
    dialect.createTable('all_types', [key, ...columns], ['id']),
    dialect.createTable('composite', [key, code], ['id', 'code']),
    dialect.createTable('nullable_key', [key, wide], ['id', 'wide']),
    dialect.createTable('no_key', [key], []),
    dialect.addColumn('all_types', { name: 'added "so"', type: { kind: 'text' }, nullable: true }),
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
    dialect.deleteMatching('fact', ['a', 'b'], dialect.scratchTable('removed'), ['x', 'y']),
    ...dialect.replaceLoaded(dialect.workTable('messages'), ['a', 'b', 'v'], ['a', 'b'], 'catchup_messages'),
    dialect.deleteLoaded(dialect.workTable('messages'), 't."a" > 1'),
    dialect.distinct('n."a"', 't."a"'),
    dialect.timestamp('2024-03-01 10:00:00.123456'),
    ...[null, 1, -0.5, 12345678901234567890n, true, false, "it's", 'back\\slash', '😀'].map(dialect.literal),
  ];
  await expect(`${statements.join(';\n\n')};\n`).toMatchFileSnapshot('../../golden/dialect-mysql.sql');
});

test('a number with more decimals than the server holds is refused, not cut', () => {
  expect(() => dialect.columnType({ kind: 'decimal', precision: 38, scale: 31 }, false)).toThrow(/decimal\(65,30\)/);
  expect(dialect.columnType({ kind: 'decimal', precision: 65, scale: 30 }, false)).toBe('decimal(65,30)');
});

test.each(['8.0.17', '8.4.3', '9.7.4-2', '10.6.0-MariaDB', '5.5.5-10.11.19-MariaDB-0+deb12u1', '11.4.2-MariaDB-log'])(
  'a warehouse may be on %s',
  (version) => expect(() => refuseOldServer(version)).not.toThrow(),
);

test.each([
  ['5.7.44', 'MySQL 5.7.44'],
  ['8.0.11', 'MySQL 8.0.11'],
  ['10.5.29-MariaDB', '10.5.29-MariaDB'],
  ['5.5.5-10.3.39-MariaDB', '10.3.39-MariaDB'],
  ['unknown', 'MySQL unknown'],
])('a warehouse on %s is refused by name', (version, shown) => {
  expect(() => refuseOldServer(version)).toThrow(
    `a warehouse needs MySQL 8.0 or MariaDB 10.6; this server is ${shown}`,
  );
});
