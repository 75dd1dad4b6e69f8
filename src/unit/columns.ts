/** Do the columns exist that rows name, and do the rows name those that they must? */
import { nearestHint } from '../config/nearest.js';
import { errorAt } from '../config/problems.js';
import type { Column } from '../engines/types.js';
import type { Problem } from '../errors.js';
import type { GivenRow, TableRows } from './types.js';

/** Names that the table has not, each where it first stands. */
export function unknownColumns(
  { table, rows }: Pick<TableRows, 'table' | 'rows'>,
  columns: readonly Column[],
): readonly Problem[] {
  const names = columns.map(({ name }) => name);
  const told = new Set(names);
  return rows.flatMap(({ cells }) =>
    [...cells].flatMap(([name, { nameAt }]) => {
      if (told.has(name)) return [];
      told.add(name);
      return [errorAt(nameAt, `'${table}' has no column '${name}'`, nearestHint(name, names))];
    }),
  );
}

/** Rows without a key, or with that of another row. */
export function keyProblems(rows: readonly GivenRow[], key: readonly string[]): readonly Problem[] {
  const seen = new Set<string>();
  return rows.flatMap((row) => {
    const missing = key.find((name) => (row.cells.get(name)?.text ?? null) === null);
    if (missing !== undefined) return [errorAt(row.where, `the row has no '${missing}', a column of the key`)];
    const text = keyText(row, key);
    if (key.length === 0 || !seen.has(text)) {
      seen.add(text);
      return [];
    }
    return [errorAt(row.where, `a row with this key (${keyWords(row, key)}) is there already`)];
  });
}

function keyText({ cells }: GivenRow, key: readonly string[]): string {
  return JSON.stringify(key.map((name) => cells.get(name)?.text));
}

function keyWords({ cells }: GivenRow, key: readonly string[]): string {
  return key.map((name) => `${name} ${cells.get(name)?.text}`).join(', ');
}
