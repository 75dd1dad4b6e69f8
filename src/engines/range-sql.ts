/** The SQL by which rows are summed up by ranges; written once, what engines call it stands in `ranges.ts` of each. */
import { isUnsigned, keyChecksum, opaqueRows, rowChecksum, upperBits } from './range-hash.js';
import { hashBits, type KeyRanges, type RangeScale, type RowCondition, type SummaryRequest } from './ranges.js';
import type { Column, ColumnType } from './types.js';

/** A column with the expression that gives its value. */
export interface RangeColumn extends Column {
  readonly sql: string;
  /** True for a text that is UTF-8 already, so that nothing needs to be converted. */
  readonly isUtf8?: boolean;
}

/** How an engine writes what the others write otherwise. */
export interface RangeSyntax {
  identifier(name: string): string;
  /** The value as it arrives in staging: no real date is NULL. */
  value(sql: string, type: ColumnType): string;
  /** A value's text, the same on all engines; NULL of NULL. Not for doubles. */
  text(column: RangeColumn): string;
  /** The digits of an unsigned integer. */
  digits(sql: string): string;
  /** A timestamp of UTC. */
  timestamp(value: string): string;
  /** The number of bytes of a text or binary value. */
  bytes(sql: string, type: ColumnType): string;
  /** SHA-256 of a text (as UTF-8) or of bytes, as 64 lower hex digits. */
  digest(sql: string): string;
  /** The first hex digits of a digest, at most 16, as an unsigned integer. */
  number(digest: string, digits: number): string;
  /** An aggregate: the first 64 bits of each row's digest by exclusive or, as an unsigned integer. */
  xorOfDigests(digest: string): string;
  /** Of parts that are never NULL. */
  concat(parts: readonly string[]): string;
  /** The parts with commas between them, without those that are NULL. */
  join(parts: readonly string[]): string;
  xor(left: string, right: string): string;
  /** An unsigned integer of 64 bits. */
  unsigned(literal: string): string;
  /** An integer column of any width as one of 64 bits, signed as it is. */
  wide(sql: string, unsigned: boolean): string;
  /** What stands before the point of a double that is not negative, as an unsigned integer of 64 bits. */
  whole(sql: string): string;
  /** The bits of what `wide` gives that a mask of at most 32 keeps, unsigned. */
  masked(wide: string, mask: string): string;
  /** The lower and the upper 32 bits, unsigned, of what `wide` gives. */
  halves(wide: string): readonly [string, string];
  /** A literal beside what `wide` gives. */
  wideLiteral(value: bigint, unsigned: boolean): string;
  /** True where an index finds a span of the key; else each of many spans would be compared with every row. */
  readonly findsSpans: boolean;
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
      const sum =
        request.content === 'key' ? keyChecksum(syntax, keys, request.scale.isNarrow) : rowChecksum(syntax, columns);
      const where = [...conditions, ...request.conditions.map((one) => condition(columns, one))];
      const sums = `count(*) as ${rows}, ${sum} as ${checksum}, ${
        request.content === 'key' ? '0' : opaqueRows(columns)
      } as ${opaque}`;
      const select = (number: string, kept: KeyRanges | undefined) => {
        const all = kept === undefined ? where : [...where, within(columns, request.key, kept)];
        const filter = all.length === 0 ? '' : ` where ${all.map((one) => `(${one})`).join(' and ')}`;
        return `select ${number} as ${range}, ${sums} from ${from}${filter}`;
      };
      const alone = rangesAlone(request, syntax.findsSpans);
      if (alone !== undefined) {
        const numbered = alone.map(({ number, kept }) => select(syntax.wideLiteral(number, false), kept));
        return numbered.join(' union all ');
      }
      return `${select(rangeNumber(syntax, keys, request.scale), request.within)} group by ${range}`;
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

/** So many ranges in one statement are summed up each by itself. */
const mostAlone = 64;

interface RangeAlone {
  readonly number: bigint;
  /** Which rows are in it; all where undefined. */
  readonly kept: KeyRanges | undefined;
}

/** Ranges that need no grouping, which costs as much as a cheap hash: one that is all rows or all that is asked for, and a few that an index finds. */
function rangesAlone({ scale, within }: SummaryRequest, findsSpans: boolean): readonly RangeAlone[] | undefined {
  if (scale.place === 'hash') return scale.shift === hashBits ? [{ number: 0n, kept: within }] : undefined;
  if (within === undefined || within.numbers.length === 0) return undefined;
  if (within.scale.origin !== scale.origin || within.scale.shift !== scale.shift) return undefined;
  if (within.numbers.length > (findsSpans ? mostAlone : 1)) return undefined;
  return within.numbers.map((number) => ({ number, kept: { scale, numbers: [number] } }));
}

function leading(syntax: RangeSyntax, keys: readonly RangeColumn[]): string {
  const [lead] = keys;
  if (lead === undefined) throw new TypeError('a table without a key has no ranges');
  return syntax.wide(lead.sql, isUnsigned(lead));
}

function rangeNumber(syntax: RangeSyntax, keys: readonly RangeColumn[], scale: RangeScale): string {
  const { place, origin, shift } = scale;
  if (place === 'hash') return upperBits(syntax, keys, hashBits - shift);
  const [lead] = keys;
  const unsigned = lead !== undefined && isUnsigned(lead);
  return `((${leading(syntax, keys)} - ${syntax.wideLiteral(origin, unsigned)}) >> ${syntax.wideLiteral(BigInt(shift), unsigned)})`;
}

/** More of them are looked up as numbers in a list, where no index finds them. */
const fewSpans = 4;

function withinSql(syntax: RangeSyntax, keys: readonly RangeColumn[], { scale, numbers }: KeyRanges): string {
  if (numbers.length === 0) return '1 = 0';
  if (scale.place === 'hash') {
    if (scale.shift === hashBits) return '1 = 1';
    const list = numbers.map((number) => syntax.unsigned(String(number)));
    return `${rangeNumber(syntax, keys, scale)} in (${list.join(', ')})`;
  }
  const [lead] = keys;
  const unsigned = lead !== undefined && isUnsigned(lead);
  const most = unsigned ? 2n ** 64n - 1n : 2n ** 63n - 1n;
  const literal = (value: bigint): string => syntax.wideLiteral(value < most ? value : most, unsigned);
  const runs = runsOf(numbers);
  if (!syntax.findsSpans && runs.length > fewSpans) {
    const list = numbers.map((number) => syntax.wideLiteral(number, unsigned));
    return `${rangeNumber(syntax, keys, scale)} in (${list.join(', ')})`;
  }
  // The bare column, so that its index is used.
  const intervals = runs.map(([first, last]) => {
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
