/** How MySQL and MariaDB sum up rows by ranges. MySQL has no MD5 any more; SHA2 is on all of them. */
import { type RangeColumn, type RangeSql, type RangeSyntax, rangeSql } from '../range-sql.js';
import type { ColumnType } from '../types.js';
import type { ServerIdentity } from './connect.js';
import { quoteName } from './literals.js';

const syntax: RangeSyntax = {
  identifier: quoteName,
  value,
  text,
  timestamp: (at) => `timestamp'${at}'`,
  bytes: (sql) => `length(${sql})`,
  digest: (sql) => `sha2(${sql}, 256)`,
  number: (digest, digits) => `cast(conv(left(${digest}, ${digits}), 16, 10) as unsigned)`,
  xorOfDigests: (digest) => `bit_xor(cast(conv(left(${digest}, 16), 16, 10) as unsigned))`,
  concat: (parts) => `concat(${parts.join(', ')})`,
  join: (parts) => `concat_ws(',', ${parts.join(', ')})`,
  digits: (sql) => sql,
  // It binds closer than a product here.
  xor: (left, right) => `(${left} ^ ${right})`,
  unsigned: (literal) => literal,
  wide: (sql) => sql,
  whole: (sql) => `cast(floor(${sql}) as unsigned)`,
  masked: (wide, mask) => `(${wide} & ${mask})`,
  // Shifts and masks take any integer as unsigned.
  halves: (wide) => [`(${wide} & 4294967295)`, `(${wide} >> 32)`],
  wideLiteral: (literal) => String(literal),
  findsSpans: true,
};

export const ranges = rangeSql(syntax);

/** For MySQL from 8 on, which has operations on the bits of bytes: a number for each row is half the time of its digest. */
const rangesByBytes = rangeSql({
  ...syntax,
  xorOfDigests: (digest) => `cast(conv(hex(bit_xor(unhex(left(${digest}, 16)))), 16, 10) as unsigned)`,
});

/** What a source's server understands best; the numbers are the same. */
export function rangesOf({ version, mariadb }: Pick<ServerIdentity, 'version' | 'mariadb'>): RangeSql {
  return !mariadb && Number.parseInt(version, 10) >= 8 ? rangesByBytes : ranges;
}

/** Zero dates arrive as NULL. */
function value(sql: string, type: ColumnType): string {
  if (type.kind !== 'date' && type.kind !== 'timestamp') return sql;
  return `case when month(${sql}) = 0 or dayofmonth(${sql}) = 0 then null else ${sql} end`;
}

function text({ sql, type, isUtf8 }: RangeColumn): string {
  switch (type.kind) {
    case 'decimal':
      return type.scale === 0 ? sql : `trim(trailing '.' from trim(trailing '0' from ${sql}))`;
    case 'date':
      return value(sql, type);
    case 'timestamp':
      // Microseconds, which are digits sooner than a timestamp is text; of a zero date there are none.
      return `timestampdiff(microsecond, timestamp'1970-01-01 00:00:00', ${sql})`;
    case 'time':
      return `cast(${sql} as time(6))`;
    case 'binary':
      return `hex(${sql})`;
    case 'text':
      return isUtf8 === true ? sql : `convert(${sql} using utf8mb4)`;
    case 'json':
      return `convert(${sql} using utf8mb4)`;
    case 'integer':
    case 'boolean':
    case 'float':
    case 'double':
      return sql;
  }
}
