/** The edges of every type of a source. What the source's own server says of a value is what must arrive. */
import type { Target } from './lab.js';

/** How a value is told exactly, alike on every database. */
export type Form =
  | 'plain'
  | 'decimal'
  | 'number'
  | 'timestamp'
  | 'time'
  | 'text'
  | 'binary'
  | 'bits'
  | 'shape'
  | 'double';

export interface Edge {
  readonly type: string;
  readonly form: Form;
  /** SQL of the values; NULL is added to each. */
  readonly values: readonly string[];
}

const hex = (bytes: string): string => `x'${bytes}'`;
const text = (value: string): string => `convert(${hex(Buffer.from(value).toString('hex'))} using utf8mb4)`;

/** A collection of a collection of a point, and that point. MariaDB takes it as WKB alone. */
const nestedCollection = (srid: number): string => {
  const point = '0101000000000000000000f03f0000000000000040';
  return `st_geomfromwkb(${hex(`010700000002000000010700000001000000${point}${point}`)}, ${srid})`;
};

/** What quoting, separators and the words of file formats could do to a text. */
export const awkwardTexts: readonly string[] = [
  '',
  ' ',
  'NULL',
  'null',
  '\\N',
  'N',
  '\\',
  '\\\\',
  "'",
  '"',
  '`',
  "it's",
  '\t',
  '\n',
  '\r\n',
  'a\tb\nc\\d,e;f|g',
  '\0',
  'zero\0byte',
  '\u0001\u001a\u001b\b\u007f',
  ' padded ',
  '👩‍👩‍👧‍👦 e\u0301 🏳️‍🌈',
  'שלום עולם \u202Eabc\u202C',
  'مرحبا',
  '\u2028\uFEFF',
  '%_?:name$1{{x}}$' + '{Y}',
  '-- x /* y */ # z',
];

export const edges: Readonly<Record<string, Edge>> = {
  tiny: { type: 'tinyint', form: 'plain', values: ['-128', '127', '0'] },
  tiny_unsigned: { type: 'tinyint unsigned', form: 'plain', values: ['0', '255'] },
  tiny_1: { type: 'tinyint(1)', form: 'plain', values: ['2', '-1', '0', '1', '127'] },
  bool: { type: 'bool', form: 'plain', values: ['true', 'false', '2'] },
  small: { type: 'smallint', form: 'plain', values: ['-32768', '32767'] },
  small_unsigned: { type: 'smallint unsigned', form: 'plain', values: ['65535'] },
  medium: { type: 'mediumint', form: 'plain', values: ['-8388608', '8388607'] },
  medium_unsigned: { type: 'mediumint unsigned', form: 'plain', values: ['16777215'] },
  int: { type: 'int', form: 'plain', values: ['-2147483648', '2147483647'] },
  int_unsigned: { type: 'int unsigned', form: 'plain', values: ['4294967295'] },
  big: { type: 'bigint', form: 'plain', values: ['-9223372036854775808', '9223372036854775807', '9007199254740993'] },
  big_unsigned: {
    type: 'bigint unsigned',
    form: 'plain',
    values: ['18446744073709551615', '9223372036854775808', '0'],
  },
  zerofill: { type: 'bigint(20) unsigned zerofill', form: 'number', values: ['42', '18446744073709551615'] },
  int_zerofill: { type: 'int(8) zerofill', form: 'number', values: ['7'] },
  decimal_widest: {
    type: 'decimal(65,30)',
    form: 'decimal',
    values: [
      '12345678901234567890123456789012345.123456789012345678901234567891',
      '-99999999999999999999999999999999999.999999999999999999999999999999',
      '0.000000000000000000000000000001',
      '0',
    ],
  },
  decimal_39: { type: 'decimal(39,0)', form: 'decimal', values: ['999999999999999999999999999999999999999'] },
  decimal_38: {
    type: 'decimal(38,10)',
    form: 'decimal',
    values: ['9999999999999999999999999999.9999999999', '-0.0000000001'],
  },
  decimal_all_places: { type: 'decimal(30,30)', form: 'decimal', values: ['0.999999999999999999999999999999'] },
  decimal_unsigned: { type: 'decimal(10,2) unsigned', form: 'decimal', values: ['99999999.99', '0.01'] },
  decimal_zerofill: { type: 'decimal(6,2) zerofill', form: 'number', values: ['1.50'] },
  float: {
    type: 'float',
    form: 'double',
    values: ['16777216', '0.1', '-3.4028234663852886e38', '1.401298464324817e-45', '1.1754943508222875e-38', '-0e0'],
  },
  double: {
    type: 'double',
    form: 'double',
    values: [
      '0.1',
      '1.7976931348623157e308',
      '-1.7976931348623157e308',
      '4.9406564584124654e-324',
      '2.2250738585072014e-308',
      '2.2250738585072009e-308',
      '1e308',
      '-0e0',
      '9007199254740993',
      '123456789012345680',
      '0.30000000000000004',
    ],
  },
  ...Object.fromEntries(
    [1, 2, 7, 8, 9, 16, 31, 32, 33, 53, 54, 63, 64].map((bits): readonly [string, Edge] => [
      `bit_${bits}`,
      { type: `bit(${bits})`, form: 'bits', values: ["b'0'", "b'1'", `${2n ** BigInt(bits) - 1n}`] },
    ]),
  ),
  date: { type: 'date', form: 'plain', values: ["'9999-12-31'", "'1000-01-01'", "'1582-10-10'", "'2024-02-29'"] },
  datetime: { type: 'datetime', form: 'timestamp', values: ["'2024-02-29 23:59:59'", "'1000-01-01 00:00:00'"] },
  datetime_6: {
    type: 'datetime(6)',
    form: 'timestamp',
    values: ["'9999-12-31 23:59:59.999999'", "'1969-12-31 23:59:59.000001'", "'2024-01-01 00:00:00.500000'"],
  },
  datetime_3: { type: 'datetime(3)', form: 'timestamp', values: ["'2024-03-31 02:30:00.123'"] },
  stamp: {
    type: 'timestamp(6) null',
    form: 'timestamp',
    values: ["'1970-01-01 00:00:01.000000'", "'2038-01-19 03:14:07.999999'", "'2024-10-27 00:30:00.000001'"],
  },
  time: {
    type: 'time(6)',
    form: 'time',
    values: ["'-838:59:59'", "'838:59:59'", "'100:00:00.5'", "'-00:00:00.000001'", "'24:00:00'", "'00:00:00'"],
  },
  time_0: { type: 'time', form: 'time', values: ["'-23:59:59'", "'25:00:00'"] },
  year: { type: 'year', form: 'number', values: ['1901', '2155', '0', '2024'] },
  enum: {
    type: `enum('a b', 'it''s', 'ü,', '"x"', '☃', 'NULL', '', '1', '0')`,
    form: 'text',
    values: ["'a b'", "'it''s'", "'ü,'", `'"x"'`, "'☃'", "'NULL'", "''", "'1'", "'0'"],
  },
  set: {
    type: `set('x', 'y z', 'it''s', '"q"', '☃', '\\\\')`,
    form: 'text',
    values: ["''", "'x,y z'", `'it''s,"q"'`, "'☃,\\\\'", '63'],
  },
  char: { type: 'char(10)', form: 'text', values: ["'a'", "'A'", "''", "'é'"] },
  varchar: { type: 'varchar(60)', form: 'text', values: awkwardTexts.map(text) },
  varchar_bin: { type: 'varchar(60) collate utf8mb4_bin', form: 'text', values: ["'a'", "'A '", "'ä'", "'Ä'"] },
  latin1: { type: 'varchar(20) character set latin1', form: 'text', values: ["'é'", "'Ünï'", "'€'", "''"] },
  cp1251: { type: 'varchar(20) character set cp1251', form: 'text', values: ["'Привет'"] },
  sjis: { type: 'varchar(20) character set sjis', form: 'text', values: ["'日本語'", "'ソ\\\\'"] },
  utf16: { type: 'varchar(20) character set utf16', form: 'text', values: ["'a😀'"] },
  utf8mb3: { type: 'varchar(20) character set utf8mb3', form: 'text', values: ["'☃é'"] },
  ascii: { type: 'varchar(20) character set ascii', form: 'text', values: ["'plain'"] },
  tinytext: { type: 'tinytext', form: 'text', values: ["''", "repeat('x', 255)"] },
  text: { type: 'text', form: 'text', values: awkwardTexts.map(text) },
  longtext: { type: 'longtext', form: 'text', values: ["''", "repeat('0123456789\\tx\\n', 100000)"] },
  json: {
    type: 'json',
    form: 'text',
    values: [
      `'{"b": 1, "a": [1.10, 12345678901234567890, null, true], "é": "\\\\n\\\\"x\\\\""}'`,
      `'[]'`,
      `'"text"'`,
      `'null'`,
      `'1.10'`,
      `'{"a":1,"a":2}'`,
    ],
  },
  binary_16: {
    type: 'binary(16)',
    form: 'binary',
    values: [hex('00112233445566778899aabbccddeeff'), hex('00'), hex('20')],
  },
  varbinary: {
    type: 'varbinary(20)',
    form: 'binary',
    values: ["''", hex('00ff0041'), hex('00'), hex('5c4e090a0d1a2722')],
  },
  blob: { type: 'blob', form: 'binary', values: ["''", hex('00'), hex('5c4e'), hex('4e554c4c'), hex('fffefd')] },
  longblob: { type: 'longblob', form: 'binary', values: ["''", `repeat(${hex('00ff')}, 50000)`] },
  point: {
    type: 'point',
    form: 'shape',
    values: [
      "st_geomfromtext('POINT(1 -2.5)')",
      "st_geomfromtext('POINT(1 -2.5)', 4326)",
      "st_geomfromtext('POINT(1 -2.5)', 3857)",
    ],
  },
  geometry: {
    type: 'geometry',
    form: 'shape',
    values: [
      "st_geomfromtext('POLYGON((0 0,1 0,1 1,0 0))')",
      "st_geomfromtext('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))')",
      "st_geomfromtext('POLYGON((0 0,10 0,10 20,0 0),(1 1,2 1,2 2,1 1))', 4326)",
      "st_geomfromtext('MULTIPOINT(1 2,3 4)', 4326)",
      nestedCollection(0),
      nestedCollection(4326),
      nestedCollection(3857),
      "st_geomfromtext('GEOMETRYCOLLECTION EMPTY')",
      "st_geomfromtext('GEOMETRYCOLLECTION EMPTY', 4326)",
      // The flag's bit is in a coordinate too.
      "st_geomfromwkb(x'0101000000000000000000002000000000000000a0', 3857)",
    ],
  },
};

/** The value as the source's server tells it; of `double` the number itself, which only the binary protocol gives exactly. */
export function inSource(column: string, form: Form): string {
  switch (form) {
    case 'plain':
    case 'decimal':
      return `cast(${column} as char)`;
    case 'number':
      return `cast(${column} + 0 as char)`;
    case 'timestamp':
      return `date_format(${column}, '%Y-%m-%d %H:%i:%s.%f')`;
    case 'time':
      return `cast(cast(${column} as time(6)) as char)`;
    case 'text':
      return `hex(convert(${column} using utf8mb4))`;
    case 'binary':
      return `hex(${column})`;
    case 'bits':
      return `conv(hex(${column}), 16, 10)`;
    case 'shape':
      // As it is stored: the SRID, and then the WKB.
      return `hex(${column})`;
    case 'double':
      return column;
  }
}

/** The same of what has arrived. */
export function inWarehouse(column: string, form: Form, target: Target): string {
  switch (form) {
    case 'decimal':
      // DuckDB writes .5 where all digits are places.
      return target === 'duckdb' ? `regexp_replace(cast(${column} as varchar), '^\\.', '0.')` : inSource(column, form);
    case 'plain':
    case 'number':
    case 'bits':
    case 'time':
      return target === 'duckdb' ? `cast(${column} as varchar)` : `cast(${column} as char)`;
    case 'timestamp':
      return target === 'duckdb' ? `strftime(${column}, '%Y-%m-%d %H:%M:%S.%f')` : inSource(column, form);
    case 'text':
    case 'binary':
      return `hex(${column})`;
    case 'shape':
      return storedShape(`hex(${column})`);
    case 'double':
      return column;
  }
}

/** Back from WKB and EWKB, which has a flag in the last byte of its type, to the form in which servers store it. */
function storedShape(digits: string): string {
  const extended = `concat(substr(${digits}, 11, 8), left(${digits}, 8), '00', substr(${digits}, 19))`;
  // DuckDB's concat leaves out what is NULL.
  return `case when ${digits} is null then null when substr(${digits}, 9, 2) = '20' then ${extended} else concat('00000000', ${digits}) end`;
}
