/** How MySQL and MariaDB sum up rows by ranges. MySQL has no MD5 any more; SHA2 is on all of them. */
import { type RangeSyntax, rangeSql } from '../range-sql.js';
import type { ColumnType } from '../types.js';
import { quoteName } from './literals.js';

const syntax: RangeSyntax = {
  identifier: quoteName,
  value,
  text,
  timestamp: (at) => `timestamp'${at}'`,
  bytes: (sql) => `length(${sql})`,
  digest: (sql) => `sha2(${sql}, 256)`,
  number: (digest) => `cast(conv(left(${digest}, 16), 16, 10) as unsigned)`,
  concat: (parts) => `concat(${parts.join(', ')})`,
  // It binds closer than a product here.
  xor: (left, right) => `(${left} ^ ${right})`,
  unsigned: (literal) => literal,
  wide: (sql) => sql,
  whole: (sql) => `cast(floor(${sql}) as unsigned)`,
  // Shifts and masks take any integer as unsigned.
  halves: (wide) => [`(${wide} & 4294967295)`, `(${wide} >> 32)`],
  wideLiteral: (literal) => String(literal),
};

export const ranges = rangeSql(syntax);

/** Zero dates arrive as NULL. */
function value(sql: string, type: ColumnType): string {
  if (type.kind !== 'date' && type.kind !== 'timestamp') return sql;
  return `case when month(${sql}) = 0 or dayofmonth(${sql}) = 0 then null else ${sql} end`;
}

function text(sql: string, type: ColumnType): string {
  switch (type.kind) {
    case 'integer':
      // Without the zeros of ZEROFILL and YEAR; wider ones have lost them already.
      return type.bits < 64 ? `${sql} + 0` : sql;
    case 'decimal':
      return type.scale === 0 ? sql : `trim(trailing '.' from trim(trailing '0' from ${sql}))`;
    case 'date':
      return value(sql, type);
    case 'timestamp':
      return `cast(${value(sql, type)} as datetime(6))`;
    case 'time':
      return `cast(${sql} as time(6))`;
    case 'binary':
      return `hex(${sql})`;
    case 'text':
    case 'json':
      return `convert(${sql} using utf8mb4)`;
    case 'boolean':
    case 'float':
    case 'double':
      return sql;
  }
}
