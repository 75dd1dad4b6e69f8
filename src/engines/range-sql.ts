/** The SQL by which rows are summed up by ranges; its arithmetic is written once, what engines call it in `ranges.ts` of each. */
import type { KeyRanges, RangeScale, RowCondition, SummaryRequest } from './ranges.js';
import type { Column, ColumnType } from './types.js';

/** A column with the expression that gives its value. */
export interface RangeColumn extends Column {
  readonly sql: string;
}

/** How an engine writes what the others write otherwise. */
export interface RangeSyntax {
  identifier(name: string): string;
  /** The value as it arrives in staging: no real date is NULL. */
  value(sql: string, type: ColumnType): string;
  /** A value's text, the same on all engines; NULL of NULL. Not for doubles. */
  text(sql: string, type: ColumnType): string;
  /** A timestamp of UTC. */
  timestamp(value: string): string;
  /** The number of bytes of a text or binary value. */
  bytes(sql: string, type: ColumnType): string;
  /** SHA-256 of a text (as UTF-8) or of bytes, as 64 lower hex digits. */
  digest(sql: string): string;
  /** The first 16 hex digits of a digest as an unsigned integer. */
  number(digest: string): string;
  /** Of parts that are never NULL. */
  concat(parts: readonly string[]): string;
  xor(left: string, right: string): string;
  /** An unsigned integer of 64 bits. */
  unsigned(literal: string): string;
  /** An integer column of any width as one of 64 bits, signed as it is. */
  wide(sql: string, unsigned: boolean): string;
  /** What stands before the point of a double that is not negative, as an unsigned integer of 64 bits. */
  whole(sql: string): string;
  /** The lower and the upper 32 bits, unsigned, of what `wide` gives. */
  halves(wide: string): readonly [string, string];
  /** A literal beside what `wide` gives. */
  wideLiteral(value: bigint, unsigned: boolean): string;
}

export interface RangeSql {
  /** A select of etl_range, etl_rows, etl_checksum and etl_opaque; `from` is a relation, `conditions` stand in its where. */
  summarize(
    from: string,
    columns: readonly RangeColumn[],
    request: SummaryRequest,
    conditions?: readonly string[],
  ): string;
  /** A select of etl_least and etl_most, of the key's leading column. */
  bounds(from: string, columns: readonly RangeColumn[], key: readonly string[]): string;
  /** A condition that a row is in one of these ranges. */
  within(columns: readonly RangeColumn[], key: readonly string[], ranges: KeyRanges): string;
  condition(columns: readonly RangeColumn[], condition: RowCondition): string;
}

export function rangeSql(syntax: RangeSyntax): RangeSql {
  const within: RangeSql['within'] = (columns, key, ranges) => withinSql(syntax, keyColumns(columns, key), ranges);
  const condition: RangeSql['condition'] = (columns, wanted) => {
    const { sql, type } = named(columns, wanted.column);
    if (wanted.is === 'unset') return unset(syntax, sql, type);
    return `not coalesce(${syntax.value(sql, type)} < ${syntax.timestamp(wanted.at)}, false)`;
  };
  return {
    within,
    condition,
    bounds(from, columns, key) {
      // The bare column: its index knows both ends.
      const lead = keyColumns(columns, key)[0]?.sql;
      const [least, most] = ['etl_least', 'etl_most'].map(syntax.identifier);
      return `select min(${lead}) as ${least}, max(${lead}) as ${most} from ${from}`;
    },
    summarize(from, columns, request, conditions = []) {
      const keys = keyColumns(columns, request.key);
      const [range, rows, checksum, opaque] = ['etl_range', 'etl_rows', 'etl_checksum', 'etl_opaque'].map(
        syntax.identifier,
      );
      const hash = request.content === 'key' ? keyHash(syntax, keys) : textHash(syntax, columns);
      const where = [
        ...conditions,
        ...request.conditions.map((one) => condition(columns, one)),
        ...(request.within === undefined ? [] : [within(columns, request.key, request.within)]),
      ];
      return `select ${rangeNumber(syntax, keys, request.scale)} as ${range}, count(*) as ${rows}, bit_xor(${hash}) as ${checksum}, ${
        request.content === 'key' ? '0' : opaqueRows(columns)
      } as ${opaque} from ${from}${where.length === 0 ? '' : ` where ${where.map((one) => `(${one})`).join(' and ')}`} group by ${range}`;
    },
  };
}

function named(columns: readonly RangeColumn[], name: string): RangeColumn {
  const found = columns.find((column) => column.name === name);
  if (found === undefined) throw new TypeError(`no column is called ${name}`);
  return found;
}

function keyColumns(columns: readonly RangeColumn[], key: readonly string[]): readonly RangeColumn[] {
  return key.map((name) => named(columns, name));
}

function unset(syntax: RangeSyntax, sql: string, type: ColumnType): string {
  if (type.kind === 'boolean') return `not coalesce(${sql}, false)`;
  return type.kind === 'integer' ? `coalesce(${sql}, 0) = 0` : `${syntax.value(sql, type)} is null`;
}

function isUnsigned({ type }: RangeColumn): boolean {
  return type.kind === 'integer' && type.unsigned;
}

function leading(syntax: RangeSyntax, keys: readonly RangeColumn[]): string {
  const [lead] = keys;
  if (lead === undefined) throw new TypeError('a table without a key has no ranges');
  return syntax.wide(lead.sql, isUnsigned(lead));
}

function rangeNumber(syntax: RangeSyntax, keys: readonly RangeColumn[], { place, origin, shift }: RangeScale): string {
  if (place === 'hash') return `(${textHash(syntax, keys)} >> ${syntax.unsigned(String(shift))})`;
  const [lead] = keys;
  const unsigned = lead !== undefined && isUnsigned(lead);
  return `((${leading(syntax, keys)} - ${syntax.wideLiteral(origin, unsigned)}) >> ${syntax.wideLiteral(BigInt(shift), unsigned)})`;
}

function withinSql(syntax: RangeSyntax, keys: readonly RangeColumn[], { scale, numbers }: KeyRanges): string {
  if (numbers.length === 0) return '1 = 0';
  if (scale.place === 'hash') {
    return `${rangeNumber(syntax, keys, scale)} in (${numbers.map((number) => syntax.unsigned(String(number))).join(', ')})`;
  }
  const [lead] = keys;
  const unsigned = lead !== undefined && isUnsigned(lead);
  const most = unsigned ? 2n ** 64n - 1n : 2n ** 63n - 1n;
  const literal = (value: bigint): string => syntax.wideLiteral(value < most ? value : most, unsigned);
  // The bare column, so that its index is used.
  const intervals = runsOf(numbers).map(([first, last]) => {
    const from = scale.origin + (first << BigInt(scale.shift));
    const to = scale.origin + ((last + 1n) << BigInt(scale.shift)) - 1n;
    return `${lead?.sql} between ${literal(from)} and ${literal(to)}`;
  });
  return intervals.join(' or ');
}

/** Numbers that follow each other, as pairs of the first and the last. */
function runsOf(numbers: readonly bigint[]): readonly (readonly [bigint, bigint])[] {
  const runs: [bigint, bigint][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] + 1n === number) last[1] = number;
    else runs.push([number, number]);
  }
  return runs;
}

/** Odd numbers without a pattern in their bits, each below 2^32, so that no product of two halves leaves 64 bits. */
const factors = [
  '2654435761',
  '2246822519',
  '3266489917',
  '668265263',
  '374761393',
  '2869860233',
  '3624381081',
  '1664525213',
];
const lastFactor = '4294967291';
const low32 = '4294967295';

/** Integers are mixed by arithmetic, which costs a fifth of a digest; other keys are hashed as text. */
function keyHash(syntax: RangeSyntax, keys: readonly RangeColumn[]): string {
  const halves = keys.flatMap((key) =>
    key.type.kind === 'integer' ? syntax.halves(syntax.wide(key.sql, isUnsigned(key))) : [],
  );
  if (halves.length !== keys.length * 2 || halves.length > factors.length) return textHash(syntax, keys);
  const mixed = halves
    .map((half, at) => `(${half} * ${syntax.unsigned(factors[at] ?? lastFactor)})`)
    .reduce(syntax.xor);
  return syntax.xor(
    mixed,
    `(((${mixed} >> ${syntax.unsigned('15')}) & ${syntax.unsigned(low32)}) * ${syntax.unsigned(lastFactor)})`,
  );
}

/** A hash of what the columns hold, in their order. */
function textHash(syntax: RangeSyntax, columns: readonly RangeColumn[]): string {
  const parts = columns.flatMap((column, at) => (at === 0 ? [part(syntax, column)] : [`','`, part(syntax, column)]));
  return syntax.number(syntax.digest(parts.length === 1 ? (parts[0] ?? '') : syntax.concat(parts)));
}

/** Longer ones stand there as their digest, so that no row's text outgrows a server's packet. */
const longestPartBytes = 1000;

/** A text that tells where it ends; `N` for NULL, which is no value's text. */
function part(syntax: RangeSyntax, { sql, type }: RangeColumn): string {
  switch (type.kind) {
    case 'float':
    case 'double':
      return doubleText(syntax, sql);
    case 'text':
    case 'json':
    case 'binary': {
      const text = syntax.text(sql, type);
      const value = type.kind === 'binary' ? sql : text;
      const bytes = syntax.bytes(value, type);
      const short = syntax.concat([bytes, `':'`, text]);
      const long = syntax.concat([`'D'`, syntax.digest(value)]);
      return `case when ${sql} is null then 'N' when ${bytes} <= ${longestPartBytes} then ${short} else ${long} end`;
    }
    default:
      return `coalesce(${syntax.text(sql, type)}, 'N')`;
  }
}

const twoTo62 = '4611686018427387904e0';

/**
 * Engines print doubles in forms of their own, but compute alike: what stands before the point, and twice 62 bits after it,
 * as integers. Powers of two scale without rounding. What has digits beyond that, or is as large, is opaque.
 */
function doubleText(syntax: RangeSyntax, sql: string): string {
  const { whole, first, second } = doubleParts(sql);
  const digits = [whole, first, second].flatMap((value) => [
    `','`,
    syntax.text(syntax.whole(value), { kind: 'integer', bits: 64, unsigned: true }),
  ]);
  const sign = `case when ${sql} < 0 then '-' else '+' end`;
  return `case when ${sql} is null then 'N' when not (${isOpaque(sql)}) then ${syntax.concat([sign, ...digits])} else 'O' end`;
}

function doubleParts(sql: string) {
  const whole = `abs(${sql})`;
  const first = `((${whole} - floor(${whole})) * ${twoTo62})`;
  return { whole, first, second: `((${first} - floor(${first})) * ${twoTo62})` };
}

/** The second condition first: infinity has no fraction to ask for. */
function isOpaque(sql: string): string {
  const { whole, second } = doubleParts(sql);
  return `case when ${whole} < ${twoTo62} then ${second} <> floor(${second}) else true end`;
}

function opaqueRows(columns: readonly RangeColumn[]): string {
  const doubles = columns.filter(({ type }) => type.kind === 'float' || type.kind === 'double');
  if (doubles.length === 0) return '0';
  const opaque = doubles.map(({ sql }) => `(${sql} is not null and ${isOpaque(sql)})`);
  return `sum(case when ${opaque.join(' or ')} then 1 else 0 end)`;
}
