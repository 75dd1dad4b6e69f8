import { describe, expect, test } from 'vitest';
import { identityOf, openConnection } from '../../../src/engines/mysql/connect.js';
import { loadWorkTable } from '../../../src/engines/mysql/load.js';
import { parseOptions } from '../../../src/engines/mysql/options.js';
import type { Cell, Column } from '../../../src/engines/types.js';
import { batchesOf, bigint, column, type Lab, openLab, text } from './warehouse-lab.js';

const columns: readonly Column[] = [
  column('n', { kind: 'integer', bits: 32, unsigned: false }),
  column('big', { kind: 'integer', bits: 64, unsigned: true }),
  column('signed', bigint),
  column('amount', { kind: 'decimal', precision: 65, scale: 30 }),
  column('ratio', { kind: 'double' }),
  column('flag', { kind: 'boolean' }),
  column('title', { kind: 'text', maxLength: 100 }),
  column('body', text),
  column('props', { kind: 'json' }),
  column('hash', { kind: 'binary', maxLength: 8 }),
  column('day', { kind: 'date' }),
  column('clock', { kind: 'time' }),
  column('at', { kind: 'timestamp' }),
];

const decimal = '12345678901234567890123456789012345.123456789012345678901234567890';
const awkward = [
  '',
  ' ',
  'NULL',
  '\\N',
  'N',
  '\\',
  '\\\\',
  "'",
  '"',
  '`',
  '\t',
  '\n',
  '\r\n',
  'a\tb\nc\\d',
  '\0x',
  '?',
];
const texts = [...awkward, 'a', 'A', 'a ', 'é', 'Привет', '😀👩‍👩‍👧', '%_', '/* x */', '-- x', '\u2028', '\x1a', '\b'];

const rows: readonly (readonly Cell[])[] = [
  columns.map(() => null),
  [
    1,
    '18446744073709551615',
    -9223372036854775808n,
    decimal,
    0.1,
    true,
    'a',
    'b',
    '{"b":1,"a": 1}',
    bytes(0, 9, 10, 92, 39, 255),
    '2024-02-29',
    '-838:59:59.000000',
    '9999-12-31 23:59:59.999999',
  ],
  [
    -2147483648,
    9007199254740993n,
    '9223372036854775807',
    `-${decimal}`,
    1.7976931348623157e308,
    false,
    '',
    '',
    '[]',
    bytes(),
    '1000-01-01',
    '00:00:00.000001',
    '1000-01-01 00:00:00.000001',
  ],
  ...texts.map((value, index): Cell[] => [
    index,
    String(index),
    String(-index),
    '0',
    5e-324 * (index + 1),
    index % 2 === 0,
    value,
    value,
    JSON.stringify(value),
    bytes(index),
    '2024-01-01',
    '01:02:03.000000',
    '2024-01-01 00:00:00.120000',
  ]),
];

function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

/** What the driver gives for what went in. */
function expected(cell: Cell, { type }: Column): Cell {
  if (cell === null) return null;
  if (type.kind === 'integer' && type.bits === 64) {
    const exact = BigInt(cell as string);
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  if (type.kind === 'decimal' && cell === '0') return `0.${'0'.repeat(30)}`;
  return type.kind === 'binary' ? Buffer.from(cell as Uint8Array) : cell;
}

const ways = [
  ['from a local file', true],
  ['by inserts', false],
] as const;

async function target(lab: Lab, localInfile: boolean) {
  const options = parseOptions({ name: 'olap', type: 'mysql', root: '/', options: lab.database.options });
  const session = await lab.session();
  const connection = await openConnection(options, { timeoutMs: 60_000, label: 'test', localInfile: true });
  return { session, connection, localInfile, maxPacketBytes: 16 * 1024 * 1024 };
}

describe.each(ways)('loaded %s', (_way, localInfile) => {
  test('every value arrives as it was read, in the order of reading', async () => {
    const lab = await openLab();
    const into = await target(lab, localInfile);
    const result = await loadWorkTable(into, 'edges', columns, batchesOf(rows.slice(0, 5), [], rows.slice(5)));
    expect(result).toEqual({ rows: rows.length, bytes: rows.length });
    const names = columns.map(({ name }) => lab.engine.dialect.identifier(name)).join(', ');
    const stored = await into.session.query(
      `select ${names} from ${lab.engine.dialect.workTable('edges')} order by ${lab.engine.dialect.readOrder}`,
    );
    expect(stored.map((row) => columns.map(({ name }) => row[name]))).toEqual(
      rows.map((row) => columns.map((definition, index) => expected(row[index] ?? null, definition))),
    );
    into.connection.destroy();
  });

  test('texts that differ in case or a trailing space stay three values', async () => {
    const lab = await openLab();
    const into = await target(lab, localInfile);
    await loadWorkTable(into, 'names', [column('name', text)], batchesOf([['a'], ['A'], ['a ']]));
    const [counted] = await into.session.query(
      `select count(distinct name) as n from ${lab.engine.dialect.workTable('names')}`,
    );
    expect(counted).toEqual({ n: 3 });
    into.connection.destroy();
  });

  test.each([
    ['an integer above the range', column('v', { kind: 'integer', bits: 8, unsigned: false }), 300],
    ['a text that is too long', column('v', { kind: 'text', maxLength: 2 }), 'abc'],
    ['a decimal with too many places', column('v', { kind: 'decimal', precision: 5, scale: 2 }), '1.234'],
    ['a day that does not exist', column('v', { kind: 'date' }), '2024-02-30'],
    ['a number that is none', column('v', { kind: 'double' }), Number.NaN],
  ])('%s is refused, never cut', async (_title, definition, cell) => {
    const lab = await openLab();
    const into = await target(lab, localInfile);
    await expect(loadWorkTable(into, 'bad', [definition], batchesOf([[cell]]))).rejects.toMatchObject({
      code: expect.stringMatching(/SOURCE_DATA|DATABASE/),
    });
    into.connection.destroy();
  });

  test('an error of the reading side arrives, and the connection can go on', async () => {
    const lab = await openLab();
    const into = await target(lab, localInfile);
    async function* breaking() {
      yield* batchesOf([[1], [2]]);
      throw new Error('the source is gone');
    }
    await expect(loadWorkTable(into, 'broken', [column('v', bigint)], breaking())).rejects.toThrow(
      'the source is gone',
    );
    expect(await loadWorkTable(into, 'broken', [column('v', bigint)], batchesOf([[3]]))).toEqual({ rows: 1, bytes: 1 });
    expect(identityOf(into.connection).connectionId).toMatch(/^\d+$/);
    into.connection.destroy();
  });
});

test('a statement of inserts stays below the size of a packet', async () => {
  const lab = await openLab();
  const into = await target(lab, false);
  const many = Array.from({ length: 200 }, (_, index) => [`${index}${'x'.repeat(500)}`]);
  await loadWorkTable({ ...into, maxPacketBytes: 4096 }, 'small', [column('v', text)], batchesOf(many));
  const [counted] = await into.session.query(
    `select count(distinct v) as n from ${lab.engine.dialect.workTable('small')}`,
  );
  expect(counted).toEqual({ n: 200 });
  into.connection.destroy();
});

test('a session loads by itself, and again from the start', async () => {
  const lab = await openLab();
  const session = await lab.session();
  await session.load('again', [column('v', bigint)], batchesOf([[1], [2]]));
  await session.load('again', [column('v', bigint)], batchesOf([[3]]));
  expect(await session.query(`select v from ${lab.engine.dialect.workTable('again')}`)).toEqual([{ v: 3 }]);
});
