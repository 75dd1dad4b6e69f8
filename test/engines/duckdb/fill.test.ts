/** What is written into DuckDB's own vectors byte by byte arrives as the text says. */
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadWorkTable } from '../../../src/engines/duckdb/load.js';
import { parseTimestamp } from '../../../src/engines/duckdb/time.js';
import { packRows } from '../../../src/engines/rows.js';
import type { Cell, ColumnType, RowBatch } from '../../../src/engines/types.js';

let instance: DuckDBInstance;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  await (await instance.connect()).run("attach ':memory:' as etl_work");
});

afterAll(() => instance.closeSync());

/** What `expression` over the column `value` gives for each cell, as text. */
async function written(type: ColumnType, batches: readonly RowBatch[], expression = 'value'): Promise<unknown[]> {
  const connection = await instance.connect();
  try {
    const columns = [{ name: 'value', type, nullable: true }];
    const each = async function* () {
      yield* batches;
    };
    await loadWorkTable(connection, 'filled', columns, each());
    const read = await connection.runAndReadAll(`select ${expression} as found from etl_work.filled`);
    return read.getRows().map(([value]) => value);
  } finally {
    connection.closeSync();
  }
}

function batchOf(cells: readonly Cell[]): RowBatch {
  return packRows(cells.map((cell) => [cell]));
}

const text: ColumnType = { kind: 'text' };

test('texts of every length up to 40 and NULLs between them, over several vectors', async () => {
  const cells = Array.from({ length: 5000 }, (_, row) => (row % 7 === 3 ? null : 'äb€'.repeat(20).slice(0, row % 41)));
  expect(await written(text, [batchOf(cells)])).toEqual(cells);
});

/** As a read of a server packs them: zeros between the cells, which are all of `data`. */
function asOneText(cells: readonly (Buffer | null)[]): RowBatch {
  const places: number[] = [];
  let end = 0;
  for (const cell of cells) {
    const start = end + 1;
    end = start + (cell?.length ?? 0);
    places.push(start, cell === null ? -1 : end);
  }
  const data = Buffer.concat(cells.map((cell) => Buffer.concat([Buffer.alloc(1), cell ?? Buffer.alloc(0)])));
  return { rowCount: cells.length, data, places: Int32Array.from(places), bytes: end, isText: true };
}

test('texts that lie in one text of their batch arrive as they are, NULLs and short ones between them', async () => {
  const cells = Array.from({ length: 5000 }, (_, row) => (row % 7 === 3 ? null : 'äb€'.repeat(20).slice(0, row % 41)));
  expect(await written(text, [asOneText(cells.map((cell) => (cell === null ? null : Buffer.from(cell))))])).toEqual(
    cells,
  );
  expect(await written(text, [asOneText([null, null])])).toEqual([null, null]);
});

test('texts of more bytes than any vector before arrive as they are', async () => {
  const cells = ['short', 'x'.repeat(3_000_000), null, 'y'.repeat(3_000_000)];
  expect(await written(text, [batchOf(cells)])).toEqual(cells);
});

test('a batch of which a byte is no text spoils no text beside it', async () => {
  const [half, otherHalf] = [Buffer.from([0x78, 0xc3]), Buffer.from([0xa4, 0x78])];
  const cells = [Buffer.from('a longer text before it'), half, otherHalf, Buffer.from('a longer text behind it')];
  const found = await written(text, [asOneText(cells)]);
  expect(found).toEqual(cells.map((cell) => cell.toString('utf8')));
});

test('short and long texts that begin alike are grouped and compared apart', async () => {
  const cells = ['abcdefghijkl', 'abcdefghijklm', 'abcdefghijkl', 'abcdefghijklmn', 'abcd', ''];
  const counted = await written(text, [batchOf(cells)], `value || ':' || count(*) over (partition by value)`);
  expect(counted.sort()).toEqual(
    [':1', 'abcd:1', 'abcdefghijkl:2', 'abcdefghijkl:2', 'abcdefghijklm:1', 'abcdefghijklmn:1'].sort(),
  );
});

test('bytes that are no UTF-8 become the replacement character, and the texts beside them stay', async () => {
  const before = Buffer.from('before it there was a longer text');
  const broken = Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x62]);
  const [half, otherHalf] = [Buffer.from([0x78, 0xc3]), Buffer.from([0xa4, 0x78])];
  const found = await written(text, [packRows([[before], [broken], [half], [otherHalf]])]);
  expect(found).toEqual([before, broken, half, otherHalf].map((bytes) => bytes.toString('utf8')));
});

test('bytes are stored as they are', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  expect(
    await written({ kind: 'binary' }, [packRows([[bytes], [null], [bytes.slice(250)]])], 'lower(hex(value))'),
  ).toEqual([Buffer.from(bytes).toString('hex'), null, 'fafbfcfdfeff']);
});

test.each([
  [8, false, ['-128', '127', null, '0', '-0']],
  [8, true, ['255', '0', null]],
  [16, false, ['-32768', '32767']],
  [32, false, ['-2147483648', '2147483647']],
  [32, true, ['4294967295', '007']],
  [
    64,
    false,
    ['-9223372036854775808', '9223372036854775807', '-1', '-999999999999999', '4294967296', null, '-4294967296'],
  ],
  [64, true, ['18446744073709551615', '9007199254740993', '999999999999999', '0']],
] as const)('integers of %i bits, unsigned %s', async (bits, unsigned, cells) => {
  const expected = cells.map((cell) => (cell === null ? null : String(BigInt(cell))));
  expect(await written({ kind: 'integer', bits, unsigned }, [batchOf(cells)], 'value::varchar')).toEqual(expected);
});

test.each([
  [8, false, '128'],
  [8, true, '-1'],
  [32, false, '1.5'],
  [64, true, '-1'],
  [64, true, '18446744073709551616'],
  [64, false, '9223372036854775808'],
  [64, false, '12x'],
  [64, false, ''],
] as const)('no integer of %i bits, unsigned %s: %s', async (bits, unsigned, cell) => {
  await expect(written({ kind: 'integer', bits, unsigned }, [batchOf([cell])])).rejects.toMatchObject({
    code: 'SOURCE_DATA',
  });
});

test('timestamps are the microseconds that the careful reading gives', async () => {
  const cells = [
    ...[
      '2024-02-29 23:59:59.999999',
      '1969-12-31 23:59:59.999999',
      '1970-01-01 00:00:00',
      '9999-12-31 23:59:59.999999',
    ],
    ...['0001-01-01 00:00:00.000001', '2024-02-29 00:00:00.5', '2255-06-05 23:47:34.740993', '1000-03-01 12:00:00.123'],
  ];
  const found = await written({ kind: 'timestamp' }, [batchOf(cells)], 'epoch_us(value)::varchar');
  expect(found).toEqual(cells.map((cell) => String(parseTimestamp(cell))));
});

test.each([
  '2023-02-29 00:00:00',
  '2024-01-01 24:00:00',
  '2024-01-01 00:00:00.12345x',
  '2024-1-01 00:00:000',
  '2024-01-01',
])('no timestamp: %s', async (cell) => {
  await expect(written({ kind: 'timestamp' }, [batchOf([cell])])).rejects.toMatchObject({ code: 'SOURCE_DATA' });
});
