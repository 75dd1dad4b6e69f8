/** Rows of the text protocol, wherever the reads of the socket cut them, and memory that is used again. */
import { isUtf8 } from 'node:buffer';
import { expect, test } from 'vitest';
import { RowPacker } from '../../../src/engines/mysql/row-packer.js';
import { unpackRows } from '../../../src/engines/rows.js';
import type { Column } from '../../../src/engines/types.js';

const columns: readonly Column[] = [
  { name: 'id', type: { kind: 'integer', bits: 64, unsigned: true }, nullable: false },
  { name: 'body', type: { kind: 'text' }, nullable: true },
  { name: 'day', type: { kind: 'date' }, nullable: true },
];

/** A packet with its header, as it lies in the socket's buffer. */
function wire(...cells: readonly (string | null)[]): Buffer {
  const parts = cells.map((cell) => {
    if (cell === null) return Buffer.from([251]);
    const text = Buffer.from(cell);
    if (text.length < 251) return Buffer.concat([Buffer.from([text.length]), text]);
    const head = Buffer.alloc(text.length < 65_536 ? 3 : 4);
    head[0] = text.length < 65_536 ? 252 : 253;
    head.writeUIntLE(text.length, 1, head.length - 1);
    return Buffer.concat([head, text]);
  });
  return Buffer.concat([Buffer.alloc(4, 0xff), ...parts]);
}

function add(packer: RowPacker, ...rows: readonly Buffer[]): void {
  const buffer = Buffer.concat(rows);
  let end = 0;
  for (const row of rows) {
    packer.add({ buffer, offset: end + 4, end: end + row.length });
    end += row.length;
  }
}

test('rows of one read and of several are the cells that were sent, texts of every length among them', () => {
  const packer = new RowPacker(columns);
  const long = ['a', 'ä'.repeat(250), 'b'.repeat(70_000), null];
  add(packer, ...long.map((body, row) => wire(String(row), body, '2024-01-01')));
  add(packer, wire('18446744073709551615', '', null));
  const batch = packer.take(10);
  expect(unpackRows(columns, batch)).toEqual([
    ...long.map((body, row) => [String(row), body, '2024-01-01']),
    ['18446744073709551615', '', null],
  ]);
  expect([batch.rowCount, batch.bytes, batch.zeroDates]).toEqual([5, 10, undefined]);
});

test('what is between the cells is zero, so that a batch without binary cells is one text', () => {
  const packer = new RowPacker(columns);
  const bodies = ['a', 'ä'.repeat(100), 'ä'.repeat(250), 'b'.repeat(70_000), null];
  add(packer, ...bodies.map((body, row) => wire(String(row), body, '2024-01-01')));
  const { data, isText } = packer.take(10);
  expect([isText, isUtf8(data)]).toEqual([true, true]);
  const binary = new RowPacker([...columns, { name: 'hash', type: { kind: 'binary' }, nullable: true }]);
  expect(binary.take(1).isText).toBe(false);
});

test('zero dates are NULL and counted', () => {
  const packer = new RowPacker(columns);
  add(packer, ...['0000-00-00', '2020-00-10', '2020-01-00', '2020-10-10'].map((day) => wire('1', 'x', day)));
  const batch = packer.take(1);
  expect(batch.zeroDates).toBe(3);
  expect(unpackRows(columns, batch).map((row) => row[2])).toEqual([null, null, null, '2020-10-10']);
});

test('a batch keeps its rows until it is given back, however many come after it', () => {
  const packer = new RowPacker(columns);
  add(packer, wire('1', 'first', '2024-01-01'));
  const first = packer.take(1);
  add(packer, wire('2', 'second', null));
  const second = packer.take(1);
  expect(unpackRows(columns, first)).toEqual([['1', 'first', '2024-01-01']]);
  packer.giveBack(first);
  add(packer, wire('3', 'third', null));
  const third = packer.take(1);
  add(packer, wire('4', 'fourth', null));
  expect([second, third].flatMap((batch) => unpackRows(columns, batch))).toEqual([
    ['2', 'second', null],
    ['3', 'third', null],
  ]);
  expect(unpackRows(columns, packer.take(1))).toEqual([['4', 'fourth', null]]);
});
