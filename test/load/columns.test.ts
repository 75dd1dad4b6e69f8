import { expect, test } from 'vitest';
import type { Column, ColumnType } from '../../src/engines/types.js';
import { compareColumns, fits } from '../../src/load/columns.js';

const column = (name: string, type: ColumnType): Column => ({ name, type, nullable: true });
const integer = (bits: 8 | 16 | 32 | 64, unsigned = false): ColumnType => ({ kind: 'integer', bits, unsigned });

test('a new column, a missing one, a wider one and one that no longer fits are told apart', () => {
  const changes = compareColumns(
    [column('a', integer(32)), column('b', { kind: 'date' }), column('c', integer(32)), column('e', integer(32))],
    [column('a', integer(64)), column('c', integer(16)), column('d', { kind: 'json' }), column('e', integer(64, true))],
  );
  expect(changes.added.map(({ name }) => name)).toEqual(['d']);
  expect(changes.dropped.map(({ name }) => name)).toEqual(['b']);
  expect(changes.widened.map(({ column }) => column.name)).toEqual(['a']);
  expect(changes.changed.map(({ column }) => column.name)).toEqual(['e']);
});

test('a type fits only where no value could be cut or rounded', () => {
  expect(fits(integer(32), integer(64))).toBe(true);
  expect(fits(integer(64), integer(32))).toBe(false);
  expect(fits(integer(32, true), integer(64))).toBe(true);
  expect(fits(integer(64, true), integer(64))).toBe(false);
  expect(fits(integer(32), integer(64, true))).toBe(false);
  const decimal = (precision: number, scale: number): ColumnType => ({ kind: 'decimal', precision, scale });
  expect(fits(decimal(10, 2), decimal(12, 2))).toBe(true);
  expect(fits(decimal(12, 4), decimal(12, 2))).toBe(false);
  expect(fits(decimal(12, 2), decimal(13, 4))).toBe(false);
  expect(fits({ kind: 'text', maxLength: 10 }, { kind: 'text' })).toBe(true);
  expect(fits({ kind: 'text' }, { kind: 'text', maxLength: 10 })).toBe(false);
  expect(fits({ kind: 'double' }, { kind: 'text' })).toBe(false);
});
