/** Every kind of value arrives exact: cell -> work table -> published table -> query. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packRows } from '../../src/engines/rows.js';
import type { Cell, ColumnType } from '../../src/engines/types.js';
import { column, createFilled, inSession, integer, type Target, targets } from './targets.js';

interface Kind {
  readonly type: ColumnType;
  readonly cells: readonly Cell[];
  /** What a query gives; the cells themselves where undefined. */
  readonly expected?: readonly unknown[];
}

const unsigned = (bits: 8 | 16 | 32 | 64): ColumnType => ({ kind: 'integer', bits, unsigned: true });
const signed = (bits: 8 | 16 | 32 | 64): ColumnType => ({ kind: 'integer', bits, unsigned: false });

const texts = [
  '',
  '\\N',
  'NULL',
  'null',
  ' padded ',
  'a\tb\nc\r\nd\\e\\',
  `it's "quoted" \`text\``,
  'привет, мир',
  '😀👩‍👩‍👧 e\u0301',
  'zero\0byte',
  '\u001a\b%_',
  '"',
  "''",
  ',;\t',
  'x'.repeat(70_000),
];

const kinds: Readonly<Record<string, Kind>> = {
  booleans: { type: { kind: 'boolean' }, cells: [true, false, null] },
  'integers of 8 bits': { type: signed(8), cells: [-128, 0, 127, null] },
  'unsigned integers of 8 bits': { type: unsigned(8), cells: [0, 255] },
  'integers of 16 bits': { type: signed(16), cells: [-32_768, 32_767] },
  'unsigned integers of 16 bits': { type: unsigned(16), cells: [0, 65_535] },
  'integers of 32 bits': { type: signed(32), cells: [-2_147_483_648, 2_147_483_647] },
  'unsigned integers of 32 bits': { type: unsigned(32), cells: [0, 4_294_967_295] },
  'integers of 64 bits': {
    type: signed(64),
    cells: ['-9223372036854775808', '9223372036854775807', '9007199254740993', 1n, 7, '0', '-1', null],
    expected: [-(2n ** 63n), 2n ** 63n - 1n, 9007199254740993n, 1, 7, 0, -1, null],
  },
  'unsigned integers of 64 bits': {
    type: unsigned(64),
    cells: ['18446744073709551615', 18446744073709551614n, '0'],
    expected: [2n ** 64n - 1n, 2n ** 64n - 2n, 0],
  },
  'decimals (38,10)': {
    type: { kind: 'decimal', precision: 38, scale: 10 },
    cells: ['9999999999999999999999999999.9999999999', '-0.0000000001', '12.5', '0', null],
    expected: ['9999999999999999999999999999.9999999999', '-0.0000000001', '12.5000000000', '0.0000000000', null],
  },
  'decimals (18,2)': {
    type: { kind: 'decimal', precision: 18, scale: 2 },
    cells: ['-9999999999999999.99', '0.10'],
  },
  'decimals (4,1)': { type: { kind: 'decimal', precision: 4, scale: 1 }, cells: ['-999.9', '0.1'] },
  'decimals (9,0)': { type: { kind: 'decimal', precision: 9, scale: 0 }, cells: ['999999999', '-1'] },
  doubles: {
    type: { kind: 'double' },
    cells: [0.1, -1.7976931348623157e308, 5e-324, 16_777_216, 1 / 3, 9_007_199_254_740_991, null],
  },
  'floats, which are doubles of seven digits': { type: { kind: 'float' }, cells: [16_777_216, Math.fround(0.1)] },
  texts: { type: { kind: 'text' }, cells: [...texts, null] },
  'bounded texts': { type: { kind: 'text', maxLength: 20 }, cells: ['', ' a ', '😀'.repeat(20), null] },
  'long texts': { type: { kind: 'text', maxLength: 16_000_000 }, cells: ['a', 'y'.repeat(1_000_000)] },
  bytes: {
    type: { kind: 'binary' },
    cells: [new Uint8Array(), new Uint8Array([0, 255, 9, 10, 13, 26, 34, 39, 92, 0x4e]), new Uint8Array(256), null],
  },
  dates: { type: { kind: 'date' }, cells: ['0001-01-01', '1969-12-31', '2024-02-29', '9999-12-31', null] },
  times: {
    type: { kind: 'time' },
    cells: ['00:00:00', '23:59:59.999999', '-00:00:01', '838:59:59', '-120:30:00.5', null],
    expected: ['00:00:00.000000', '23:59:59.999999', '-00:00:01.000000', '838:59:59.000000', '-120:30:00.500000', null],
  },
  timestamps: {
    type: { kind: 'timestamp' },
    cells: [
      '0001-01-01 00:00:00',
      '1969-12-31 23:59:59.999999',
      '1970-01-01 00:00:00.000001',
      '2024-02-29 12:00:00.5',
      '2255-06-05 23:47:34.740993',
      '9999-12-31 23:59:59.999999',
      null,
    ],
    expected: [
      '0001-01-01 00:00:00.000000',
      '1969-12-31 23:59:59.999999',
      '1970-01-01 00:00:00.000001',
      '2024-02-29 12:00:00.500000',
      '2255-06-05 23:47:34.740993',
      '9999-12-31 23:59:59.999999',
      null,
    ],
  },
  json: { type: { kind: 'json' }, cells: ['{"b":1,"a":"\\n\\"x\\""}', '[]', '"text"', 'null', '1.10', null] },
};

describe.each(targets)('%s', (_, open) => {
  let target: Target;
  beforeAll(async () => {
    target = await open();
  });
  afterAll(() => target?.remove());

  test.each(Object.entries(kinds))('%s arrive exact', async (title, { type, cells, expected }) => {
    const table = title.replaceAll(/\W+/g, '_');
    await inSession(target, async (session) => {
      const columns = [column('place', integer), column('value', type)];
      const rows = cells.map((cell, place) => [place, cell] as const);
      await createFilled(target, session, table, columns, ['place'], rows);
      const found = await session.query(`select value from ${table} order by place`);
      expect(found.map((row) => plain(row.value))).toEqual((expected ?? cells).map(plain));
    });
  });

  test.each(Object.entries(kinds))('%s have the same type when their table is looked at', async (title, { type }) => {
    const table = `typed_${title.replaceAll(/\W+/g, '_')}`;
    await inSession(target, async (session) => {
      const columns = [column('place', integer, false), column('value', type)];
      await session.execute(target.engine.dialect.createTable(table, columns, ['place']));
      const found = await session.columns(table);
      expect(found?.columns.map((each) => ({ name: each.name, ...bare(each.type) }))).toEqual([
        { name: 'place', ...integer },
        { name: 'value', ...bare(type) },
      ]);
    });
  });

  test('a value that does not fit its column is refused and never changed', async () => {
    await inSession(target, async (session) => {
      const misfits: readonly (readonly [ColumnType, Cell])[] = [
        [signed(8), 128],
        [unsigned(64), '-1'],
        [signed(64), '9223372036854775808'],
        [{ kind: 'decimal', precision: 4, scale: 1 }, '1000.0'],
        [{ kind: 'decimal', precision: 4, scale: 1 }, '1.25'],
        [{ kind: 'date' }, '2023-02-29'],
        [{ kind: 'timestamp' }, '2024-01-01 24:00:00'],
      ];
      for (const [type, cell] of misfits) {
        const rows = [packRows([[1, cell]])];
        const columns = [column('place', integer), column('value', type)];
        const loading = session.load(
          'misfit',
          columns,
          (async function* () {
            yield* rows;
          })(),
        );
        await expect(loading, `${type.kind} ${String(cell)}`).rejects.toMatchObject({ code: 'SOURCE_DATA' });
      }
    });
  });
});

/** Buffers and Uint8Arrays alike. */
function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? [...value] : value;
}

/** Without the bound of its length, which not every engine keeps. */
function bare(type: ColumnType): object {
  return type.kind === 'text' || type.kind === 'binary' ? { kind: type.kind } : type;
}
