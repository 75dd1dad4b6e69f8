/** How the texts of a first load are compressed, where their rows say more than DuckDB has time to find out. */
import type { Column, RowBatch } from '../types.js';

/** Rows that are looked at, and the least of them that say anything. */
const mostRows = 2048;
const leastRows = 1000;

/**
 * Names of columns whose texts hardly repeat. DuckDB would look up each of them in a dictionary before it finds that symbols
 * (FSST) are shorter, which is a fifth of the work of storing them. Of few rows nothing is said. DuckDB refuses to give a column
 * declared so a type that is no text; none of ours gets one in place, since a type that is wider is of the same kind.
 */
export function columnsOfManyTexts(columns: readonly Column[], batch: RowBatch): ReadonlySet<string> {
  const texts = [...columns.entries()].filter(([, { type }]) => type.kind === 'text' || type.kind === 'json');
  return new Set(texts.filter(([index]) => areMany(batch, index, columns.length)).map(([, { name }]) => name));
}

/** True where of the first rows with a text at least nine in ten have one of their own. */
function areMany({ data, places, rowCount }: RowBatch, index: number, width: number): boolean {
  if (rowCount < leastRows) return false;
  const seen = new Set<string>();
  let rows = 0;
  for (let row = 0; row < Math.min(rowCount, mostRows); row++) {
    const place = 2 * (row * width + index);
    const end = places[place + 1] ?? 0;
    if (end < 0) continue;
    rows += 1;
    seen.add(data.toString('latin1', places[place] ?? 0, end));
  }
  return rows >= leastRows && seen.size >= rows * 0.9;
}
