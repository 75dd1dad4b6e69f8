/** What rows are reduced to where they are summed up: hashes of 64 bits, equal on every engine where the rows are. */
import type { RangeColumn, RangeSyntax } from './range-sql.js';

export function isUnsigned({ type }: RangeColumn): boolean {
  return type.kind === 'integer' && type.unsigned;
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
const low31 = '2147483647';
/** The second has more than 31 bits, so that it makes no key 0: only the key 0 has the hash 0. */
const spread = '2654435761';
const flip = '3266489917';

/** The checksum of keys. Integers are mixed by arithmetic, which costs a fifth of a digest; other keys are hashed as text. */
export function keyChecksum(syntax: RangeSyntax, keys: readonly RangeColumn[], isNarrow = false): string {
  const [only] = keys;
  if (isNarrow && only?.type.kind === 'integer' && keys.length === 1) return narrowChecksum(syntax, only);
  const halves = keys.flatMap((key) =>
    key.type.kind === 'integer' ? syntax.halves(syntax.wide(key.sql, isUnsigned(key))) : [],
  );
  if (halves.length !== keys.length * 2 || halves.length > factors.length) return rowChecksum(syntax, keys);
  const mixed = halves
    .map((half, at) => `(${half} * ${syntax.unsigned(factors[at] ?? lastFactor)})`)
    .reduce(syntax.xor);
  const folded = `(((${mixed} >> ${syntax.unsigned('15')}) & ${syntax.unsigned(low32)}) * ${syntax.unsigned(lastFactor)})`;
  return `bit_xor(${syntax.xor(mixed, folded)})`;
}

/**
 * Of one integer of 31 bits, the rest left out: a product of two permutations of it, no more than 63 bits. Among the four
 * million keys from 0 on and from a billion on no two pairs of neighbours have one sum, of 4e14 pairs of pairs.
 */
function narrowChecksum(syntax: RangeSyntax, key: RangeColumn): string {
  const low = syntax.masked(syntax.wide(key.sql, isUnsigned(key)), low31);
  const spreadOut = `((${low} * ${syntax.unsigned(spread)}) & ${syntax.unsigned(low32)})`;
  return `bit_xor(${spreadOut} * ${syntax.xor(low, syntax.unsigned(flip))})`;
}

/** The checksum of what the columns hold, in their order. */
export function rowChecksum(syntax: RangeSyntax, columns: readonly RangeColumn[]): string {
  return syntax.xorOfDigests(rowDigest(syntax, columns));
}

/** The upper bits of the hash of a row: as few digits of the digest as hold them, since turning these into a number is what costs. */
export function upperBits(syntax: RangeSyntax, columns: readonly RangeColumn[], bits: number): string {
  const digits = Math.ceil(bits / 4);
  const number = syntax.number(rowDigest(syntax, columns), digits);
  return digits * 4 === bits ? number : `(${number} >> ${syntax.unsigned(String(digits * 4 - bits))})`;
}

function rowDigest(syntax: RangeSyntax, columns: readonly RangeColumn[]): string {
  const [only, ...others] = columns;
  if (only !== undefined && others.length === 0) return syntax.digest(plainText(syntax, only));
  const lengths = columns.filter(isOfAnyText).map((column) => orNone(column, syntax.digits(bytesOf(syntax, column))));
  return syntax.digest(syntax.join([...columns.map((column) => part(syntax, column)), ...lengths]));
}

/** Longer ones stand there as their digest, so that no row's text outgrows a server's packet. */
const longestPartBytes = 1000;
const mostBytesOfCharacter = 4;

/**
 * A row's columns, joined by commas, and behind them the bytes of each that may hold a comma itself: read from the end, they
 * tell where every column ends. A text that is NULL leaves out its place, and says so there.
 */
function part(syntax: RangeSyntax, column: RangeColumn): string {
  const { sql, type } = column;
  if (type.kind === 'float' || type.kind === 'double') return doubleText(syntax, column);
  const text = syntax.text(column);
  if (!isOfAnyText(column)) return orNone(column, text);
  if (type.kind === 'text' && (type.maxLength ?? longestPartBytes) * mostBytesOfCharacter <= longestPartBytes)
    return text;
  const whole = type.kind === 'binary' ? sql : text;
  return `case when ${bytesOf(syntax, column)} <= ${longestPartBytes} then ${text} else ${syntax.digest(whole)} end`;
}

function isOfAnyText({ type }: RangeColumn): boolean {
  return type.kind === 'text' || type.kind === 'json' || type.kind === 'binary';
}

function bytesOf(syntax: RangeSyntax, column: RangeColumn): string {
  return syntax.bytes(column.type.kind === 'binary' ? column.sql : syntax.text(column), column.type);
}

/** `N` for NULL, which is no number, date or time. */
function orNone(column: RangeColumn, text: string): string {
  return column.nullable ? `coalesce(${text}, 'N')` : text;
}

/** Of a key of one column, which needs no separators. */
function plainText(syntax: RangeSyntax, column: RangeColumn): string {
  const isDouble = column.type.kind === 'float' || column.type.kind === 'double';
  return isDouble ? doubleText(syntax, column) : syntax.text(column);
}

const twoTo62 = '4611686018427387904e0';

/**
 * Engines print doubles in forms of their own, but compute alike: what stands before the point, and twice 62 bits after it,
 * as integers. Powers of two scale without rounding. What has digits beyond that, or is as large, is opaque.
 */
function doubleText(syntax: RangeSyntax, { sql }: RangeColumn): string {
  const { whole, first, second } = doubleParts(sql);
  const digits = [whole, first, second].flatMap((value) => [`','`, syntax.digits(syntax.whole(value))]);
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

export function opaqueRows(columns: readonly RangeColumn[]): string {
  const doubles = columns.filter(({ type }) => type.kind === 'float' || type.kind === 'double');
  if (doubles.length === 0) return '0';
  const opaque = doubles.map(({ sql }) => `(${sql} is not null and ${isOpaque(sql)})`);
  return `sum(case when ${opaque.join(' or ')} then 1 else 0 end)`;
}
