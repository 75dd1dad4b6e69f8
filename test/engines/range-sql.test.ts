/** The SQL by which each engine sums up rows by ranges of their key, and finds the rows of some ranges. */
import { expect, test } from 'vitest';
import { dialect as duckdb } from '../../src/engines/duckdb/dialect.js';
import { dialect as mysql } from '../../src/engines/mysql/dialect.js';
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
    `(cast(conv(left(sha2(case when t."name" is null then 'N' when length(convert(t."name" using utf8mb4)) <= 1000 then concat(length(convert(t."name" using utf8mb4)), ':', convert(t."name" using utf8mb4)) else concat('D', sha2(convert(t."name" using utf8mb4), 256)) end, 256), 16), 16, 10) as unsigned) >> 54) in (3)`,
  );
  expect(mysql.ranges.within(columns, ['id'], { scale: leading, numbers: [] })).toBe('1 = 0');
});

test('the bounds of a key are asked of the bare column, which its index answers', () => {
  for (const { ranges } of [mysql, duckdb]) {
    expect(ranges.bounds('"stg" t', columns, ['id'])).toBe(
      'select min(t."id") as "etl_least", max(t."id") as "etl_most" from "stg" t',
    );
  }
});
