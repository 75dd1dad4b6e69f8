/**
 * How many different keys a relation holds, told by a bit for each that may be: sooner than by grouping them, and with less
 * memory. For keys of integers and dates that lie close together.
 */
import type { KeyBits } from '../key-bits.js';
import type { Column, ResultRow } from '../types.js';

/** More bits for a row would cost more to make than grouping saves; more of them, more than the memory of a small machine spares. */
const mostBitsPerRow = 64n;
const mostBits = 2n ** 28n;

const id = (name: string) => `"${name.replaceAll('"', '""')}"`;

export const keyBits: KeyBits = {
  bounds: (relation, key) => {
    if (!key.every(({ type: { kind } }) => kind === 'integer' || kind === 'date')) return undefined;
    const sides = key.flatMap(({ name }, index) => [
      `cast(min(${id(name)}) as varchar) as least_${index}`,
      `cast(max(${id(name)}) as varchar) as most_${index}`,
    ]);
    const complete = key.map(({ name }) => `${id(name)} is not null`).join(' and ');
    return `select count(*) as etl_rows, count(*) filter (${complete}) as complete, ${sides.join(', ')} from ${relation}`;
  },
  count: (relation, key, bounds) => {
    let bits = 1n;
    const places: string[] = [];
    for (const [index, column] of key.entries()) {
      const least = numberOf(column, bounds[`least_${index}`]);
      const most = numberOf(column, bounds[`most_${index}`]);
      if (least === undefined || most === undefined) return undefined;
      places.push(`cast(${distance(column, String(bounds[`least_${index}`]))} as bigint) * ${bits}`);
      bits *= most - least + 1n;
    }
    if (bits > mostBits || bits > BigInt(Number(bounds.etl_rows)) * mostBitsPerRow) return undefined;
    return `select bit_count(bitstring_agg(${places.join(' + ')}, cast(0 as bigint), cast(${bits - 1n} as bigint))) as keys from ${relation}`;
  },
};

const dayMs = 86_400_000;

/** Undefined for what is none, as infinite days and those of years with more than four digits. */
function numberOf({ type }: Column, text: ResultRow[string] | undefined): bigint | undefined {
  if (typeof text !== 'string') return undefined;
  if (type.kind === 'date') return /^\d{4}-\d\d-\d\d$/.test(text) ? BigInt(Date.parse(text) / dayMs) : undefined;
  return BigInt(text);
}

/** From the least value, in a type that holds both. */
function distance({ name, type }: Column, least: string): string {
  if (type.kind === 'date') return `${id(name)} - date '${least}'`;
  const wide = type.kind === 'integer' && type.unsigned ? 'ubigint' : 'bigint';
  return `cast(${id(name)} as ${wide}) - cast('${least}' as ${wide})`;
}
