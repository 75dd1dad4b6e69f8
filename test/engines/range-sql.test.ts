/** The SQL by which each engine sums up rows by ranges of their key, and finds the rows of some ranges. */
import { expect, test } from 'vitest';
import { dialect as duckdb } from '../../src/engines/duckdb/dialect.js';
import { dialect as mysql } from '../../src/engines/mysql/dialect.js';
import { rangesOf } from '../../src/engines/mysql/ranges.js';
import type { RangeColumn } from '../../src/engines/range-sql.js';
import type { RangeScale } from '../../src/engines/ranges.js';

const columns: readonly RangeColumn[] = [
  { name: 'id', type: { kind: 'integer', bits: 64, unsigned: true }, nullable: false, sql: 't."id"' },
  { name: 'name', type: { kind: 'text' }, nullable: true, sql: 't."name"' },
];
const leading: RangeScale = { place: 'leading', origin: 5n, shift: 10 };
const hashed: RangeScale = { place: 'hash', origin: 0n, shift: 54 };

test('ranges of integers are spans of the bare column, joined where they touch; of others parts of a hash', () => {
  const spans = { scale: leading, numbers: [0n, 1n, 9n] };
  expect(mysql.ranges.within(columns, ['id'], spans)).toBe(
    't."id" between 5 and 2052 or t."id" between 9221 and 10244',
  );
  expect(duckdb.ranges.within(columns, ['id'], { scale: leading, numbers: [9n] })).toBe(
    `t."id" between cast('9221' as ubigint) and cast('10244' as ubigint)`,
  );
  expect(mysql.ranges.within(columns, ['name'], { scale: hashed, numbers: [3n] })).toBe(
    `(cast(conv(left(sha2(convert(t."name" using utf8mb4), 256), 3), 16, 10) as unsigned) >> 2) in (3)`,
  );
  expect(mysql.ranges.within(columns, ['id'], { scale: leading, numbers: [] })).toBe('1 = 0');
});

test('one range alone is summed up without grouping, and found by its index', () => {
  const request = { key: ['id'], content: 'key', scale: leading, conditions: [] } as const;
  const one = mysql.ranges.summarize('"t" t', columns, { ...request, within: { scale: leading, numbers: [3n] } });
  expect(one).toMatch(/^select 3 as "etl_range", count/);
  expect(one).toMatch(/where \(t\."id" between 3077 and 4100\)$/);
  const parts = { ...leading, shift: 4 };
  const divided = { ...request, scale: parts, within: { scale: leading, numbers: [3n] } };
  expect(mysql.ranges.summarize('"t" t', columns, divided)).toMatch(/between 3077 and 4100\) group by "etl_range"$/);
});

test('a few ranges are summed up one by one where an index finds them; many are looked up by their number where none does', () => {
  const numbers = [3n, 4n, 9n];
  const request = { key: ['id'], content: 'key', scale: leading, within: { scale: leading, numbers } } as const;
  const few = mysql.ranges.summarize('"t" t', columns, { ...request, conditions: [] });
  expect(few.split(' union all ').map((part) => part.replace(/ as .* where/, ' where'))).toEqual([
    'select 3 where (t."id" between 3077 and 4100)',
    'select 4 where (t."id" between 4101 and 5124)',
    'select 9 where (t."id" between 9221 and 10244)',
  ]);
  const many = { scale: leading, numbers: Array.from({ length: 65 }, (_, at) => BigInt(2 * at)) };
  expect(mysql.ranges.summarize('"t" t', columns, { ...request, within: many, conditions: [] })).toMatch(
    /where \(t\."id" between 5 and 1028 or .*\) group by "etl_range"$/,
  );
  expect(duckdb.ranges.within(columns, ['id'], many)).toMatch(
    /^\(\(cast\(t\."id" as ubigint\) - cast\('5' as ubigint\)\) >> cast\('10' as ubigint\)\) in \(cast\('0' as ubigint\), cast\('2' as ubigint\), /,
  );
});

test('all hashes as one range are summed up without grouping, by one digest a row; on MySQL 8 by its bytes', () => {
  const whole = { place: 'hash', origin: 0n, shift: 64 } as const;
  const request = { key: ['name'], content: 'key', scale: whole, within: undefined, conditions: [] } as const;
  const digest = 'left(sha2(convert(t."name" using utf8mb4), 256), 16)';
  const sums = (sum: string) =>
    `select 0 as "etl_range", count(*) as "etl_rows", ${sum} as "etl_checksum", 0 as "etl_opaque" from "t" t`;
  const numbers = sums(`bit_xor(cast(conv(${digest}, 16, 10) as unsigned))`);
  const bytes = sums(`cast(conv(hex(bit_xor(unhex(${digest}))), 16, 10) as unsigned)`);
  const of = (version: string) =>
    rangesOf({ version, mariadb: version.includes('MariaDB') }).summarize('"t" t', columns, request);
  expect(of('10.11.6-MariaDB')).toBe(numbers);
  expect(of('5.7.44')).toBe(numbers);
  expect(of('9.7.4')).toBe(bytes);
  expect(mysql.ranges.within(columns, ['name'], { scale: whole, numbers: [0n] })).toBe('1 = 1');
});

test('a text that is UTF-8 already is not converted, a short one not measured, and lengths stand behind all columns', () => {
  const utf8: readonly RangeColumn[] = [
    ...columns,
    { name: 'short', type: { kind: 'text', maxLength: 40 }, nullable: false, sql: 't."short"', isUtf8: true },
  ];
  const request = { key: ['id'], content: 'row', scale: leading, within: undefined, conditions: [] } as const;
  expect(mysql.ranges.summarize('"t" t', utf8, request)).toContain(
    `sha2(concat_ws(',', t."id", case when length(convert(t."name" using utf8mb4)) <= 1000 then convert(t."name" using utf8mb4) else sha2(convert(t."name" using utf8mb4), 256) end, t."short", coalesce(length(convert(t."name" using utf8mb4)), 'N'), length(t."short")), 256)`,
  );
});

test('the bounds of a key are asked of the bare column, which its index answers', () => {
  for (const { ranges } of [mysql, duckdb]) {
    expect(ranges.bounds('"stg" t', columns, ['id'])).toBe(
      'select min(t."id") as "etl_least", max(t."id") as "etl_most" from "stg" t',
    );
  }
});
