/** How DuckDB sums up rows by ranges, as MySQL does. */
import { type RangeColumn, type RangeSyntax, rangeSql } from '../range-sql.js';

const syntax: RangeSyntax = {
  identifier: (name) => `"${name}"`,
  value: (sql) => sql,
  text,
  timestamp: (at) => `timestamp '${at}'`,
  bytes: (sql, type) => `${type.kind === 'binary' ? 'octet_length' : 'strlen'}(${sql})`,
  digest: (sql) => `sha256(${sql})`,
  number: (digest, digits) => `cast('0x' || left(${digest}, ${digits}) as ubigint)`,
  xorOfDigests: (digest) => `bit_xor(cast('0x' || left(${digest}, 16) as ubigint))`,
  concat: (parts) => `concat(${parts.join(', ')})`,
  join: (parts) => `concat_ws(',', ${parts.join(', ')})`,
  digits: (sql) => `cast(${sql} as varchar)`,
  xor: (left, right) => `xor(${left}, ${right})`,
  unsigned: (literal) => `cast(${literal} as ubigint)`,
  wide: (sql, unsigned) => `cast(${sql} as ${unsigned ? 'ubigint' : 'bigint'})`,
  whole: (sql) => `cast(floor(${sql}) as ubigint)`,
  masked: (wide, mask) => `cast(${wide} & ${mask} as ubigint)`,
  halves: (wide) => [
    `cast(${wide} & 4294967295 as ubigint)`,
    // Of a negative number the shift keeps the sign.
    `cast((${wide} >> 32) & 4294967295 as ubigint)`,
  ],
  wideLiteral: (literal, unsigned) => `cast('${literal}' as ${unsigned ? 'ubigint' : 'bigint'})`,
  findsSpans: false,
};

export const ranges = rangeSql(syntax);

function text({ sql, type }: RangeColumn): string {
  switch (type.kind) {
    case 'boolean':
      return `cast(cast(${sql} as tinyint) as varchar)`;
    case 'decimal': {
      const digits = `cast(${sql} as varchar)`;
      return type.scale === 0 ? digits : `rtrim(rtrim(${digits}, '0'), '.')`;
    }
    case 'timestamp':
      return `cast(epoch_us(${sql}) as varchar)`;
    case 'binary':
      return `hex(${sql})`;
    case 'text':
    case 'json':
    case 'time':
      return sql;
    case 'integer':
    case 'date':
    case 'float':
    case 'double':
      return `cast(${sql} as varchar)`;
  }
}
