/** Rows of the text protocol, wherever the reads of the socket cut them, and memory that is used again. */
import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowPacker } from '../../../src/engines/mysql/row-packer.js';
import { unpackRows } from '../../../src/engines/rows.js';
import type { Column, RowBatch } from '../../../src/engines/types.js';

const columns: readonly Column[] = [
  { name: 'id', type: { kind: 'integer', bits: 64, unsigned: true }, nullable: false },
  { name: 'body', type: { kind: 'text' }, nullable: true },
  { name: 'day', type: { kind: 'date' }, nullable: true },
];
const longestPacket = 0xffffff;

function cell(text: string | null): Buffer {
  if (text === null) return Buffer.from([251]);
  const bytes = Buffer.from(text);
  if (bytes.length < 251) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const size = bytes.length < 65_536 ? 2 : bytes.length <= longestPacket ? 3 : 8;
  const head = Buffer.alloc(1 + size);
  head[0] = size === 2 ? 252 : size === 3 ? 253 : 254;
  if (size === 8) head.writeBigUInt64LE(BigInt(bytes.length), 1);
  else head.writeUIntLE(bytes.length, 1, size);
  return Buffer.concat([head, bytes]);
}

/** What is sent for one row or answer: packets of at most 16 MB, the last of them shorter. */
function packets(payload: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at <= payload.length; at += longestPacket) {
    const part = payload.subarray(at, at + longestPacket);
    const header = Buffer.from([0, 0, 0, parts.length]);
    header.writeUIntLE(part.length, 0, 3);
    parts.push(header, part);
  }
  return Buffer.concat(parts);
}

const wire = (...cells: readonly (string | null)[]): Buffer => packets(Buffer.concat(cells.map(cell)));
const end = packets(Buffer.from([0xfe, 0, 0, 2, 0]));

function packerOf(limits: { batchRows?: number; batchBytes?: number } = {}, of = columns) {
  const batches: RowBatch[] = [];
  const passed: Buffer[] = [];
  const packer = new RowPacker(of, {
    batchRows: limits.batchRows ?? 1_000_000,
    batchBytes: limits.batchBytes ?? 1e9,
    inRows: () => true,
    pass: (packet) => passed.push(packet),
    take: (batch) => batches.push(batch),
  });
  const read = (bytes: Buffer, readBytes = bytes.length): void => {
    for (let at = 0; at < bytes.length; ) {
      const room = packer.room();
      const part = bytes.subarray(at, at + Math.min(readBytes, room.length));
      room.set(part);
      packer.filled(part.length);
      at += part.length;
    }
  };
  const rows = () => {
    packer.cut();
    return batches.flatMap((batch) => unpackRows(of, batch));
  };
  return { packer, batches, passed, read, rows };
}

test('rows are the cells that were sent, texts of every length among them, and what is no row is passed on', () => {
  const { read, rows, batches, passed } = packerOf();
  const sent = [...['a', 'ä'.repeat(250), 'b'.repeat(70_000), null, ''], 'last'].map((body, row) => [
    row === 4 ? '18446744073709551615' : String(row),
    body,
    row === 3 ? null : '2024-01-01',
  ]);
  const bytes = Buffer.concat([...sent.map((row) => wire(...row)), end]);
  read(bytes);
  expect(rows()).toEqual(sent);
  expect(passed).toEqual([end]);
  expect(batches.map(({ rowCount, bytes, zeroDates }) => [rowCount, bytes, zeroDates])).toEqual([
    [6, bytes.length, undefined],
  ]);
});

test('rows of 16 MB and more come in several packets, wherever these are cut', () => {
  // The second fills its packets to the last byte, so that an empty one follows.
  for (const length of [longestPacket - 30, longestPacket - 24, 2 * longestPacket + 5]) {
    const sent = [
      ['1', 'x', null],
      ['2', `${'y'.repeat(length)}end`, '2024-01-01'],
      ['3', 'z', null],
    ];
    const { read, rows } = packerOf({ batchBytes: 1_000_000 });
    read(Buffer.concat(sent.map((row) => wire(...row))), 1_000_003);
    expect(rows()).toEqual(sent);
  }
});

test('wherever reads cut rows and batches end, the rows are those that were sent', () => {
  const body = fc.oneof(
    fc.constant(null),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.nat(400).map((length) => 'ä'.repeat(length)),
  );
  fc.assert(
    fc.property(
      fc.array(body, { maxLength: 60 }),
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 60, max: 3_000 }),
      (bodies, readBytes, batchRows, batchBytes) => {
        const { read, rows, batches, passed } = packerOf({ batchRows, batchBytes });
        const sent = bodies.map((text, row) => [String(row), text, row % 3 === 0 ? null : '2024-02-29']);
        read(Buffer.concat([end, ...sent.map((row) => wire(...row)), end]), readBytes);
        expect(rows()).toEqual(sent);
        expect(passed).toEqual([end, end]);
        expect(batches.every(({ rowCount, data }) => rowCount <= batchRows && isUtf8(data))).toBe(true);
      },
    ),
  );
});

test('what is between the cells is zero, so that a batch without binary cells is one text', () => {
  const { read, packer, batches } = packerOf();
  const bodies = ['a', 'ä'.repeat(100), 'ä'.repeat(250), 'b'.repeat(70_000), null];
  read(Buffer.concat([packets(Buffer.alloc(300, 0xff)), ...bodies.map((body) => wire('1', body, '2024-01-01'))]));
  packer.cut();
  expect(batches.map(({ isText, data }) => [isText, isUtf8(data)])).toEqual([[true, true]]);
  const binary = packerOf({}, [...columns, { name: 'hash', type: { kind: 'binary' }, nullable: true }]);
  binary.read(wire('1', 'a', null, 'b'));
  binary.packer.cut();
  expect(binary.batches.map(({ isText }) => isText)).toEqual([false]);
});

test('the rest of a read fits the next batch, though this one was made for fewer bytes', () => {
  const { read, packer, batches, rows } = packerOf({ batchRows: 6 });
  const sent = Array.from({ length: 12 }, (_, id) => [String(id), 'x'.repeat(100_000), null]);
  read(Buffer.concat(sent.slice(0, 6).map(([id = null]) => wire(id, 'small', null))));
  packer.giveBack(batches[0] as RowBatch);
  read(Buffer.concat(sent.map((row) => wire(...row))));
  expect(rows().slice(6)).toEqual(sent);
});

test('zero dates are NULL and counted', () => {
  const { read, rows, batches } = packerOf();
  read(Buffer.concat(['0000-00-00', '2020-00-10', '2020-01-00', '2020-10-10'].map((day) => wire('1', 'x', day))));
  expect(rows().map((row) => row[2])).toEqual([null, null, null, '2020-10-10']);
  expect(batches[0]?.zeroDates).toBe(3);
});

test('a batch keeps its rows until it is given back, however many come after it', () => {
  const { read, packer, batches } = packerOf({ batchRows: 1 });
  const kept = (batch: number) => unpackRows(columns, batches[batch] as RowBatch);
  read(wire('1', 'first', '2024-01-01'));
  read(wire('2', 'second', null));
  expect(kept(0)).toEqual([['1', 'first', '2024-01-01']]);
  packer.giveBack(batches[0] as RowBatch);
  read(wire('3', 'third', null));
  read(wire('4', 'fourth', null));
  expect([1, 2, 3].flatMap(kept)).toEqual([
    ['2', 'second', null],
    ['3', 'third', null],
    ['4', 'fourth', null],
  ]);
});
