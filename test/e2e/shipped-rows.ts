/** Tables as they are compared: whatever engine or query they come from, equal rows are equal here. */
import type { Column, ColumnType, ResultRow } from '../../src/engines/types.js';

export interface TableRows {
  readonly columns: readonly string[];
  /** In a stable order. */
  readonly rows: readonly ComparableRow[];
}

interface ComparableRow {
  /** All values but doubles, as JSON. */
  readonly exact: string;
  readonly doubles: readonly (number | null)[];
}

const tolerance = 1e-12;

/** The rows in the form of the given columns, which must be theirs, in their order. */
export function tableRows(columns: readonly Column[], rows: readonly Readonly<Record<string, unknown>>[]): TableRows {
  const doubles = columns.filter(({ type }) => isDouble(type));
  const others = columns.filter(({ type }) => !isDouble(type));
  const comparable = rows.map((row) => ({
    exact: JSON.stringify(others.map(({ name, type }) => plainValue(type, row[name]))),
    doubles: doubles.map(({ name }) => (row[name] === null ? null : Number(row[name]))),
  }));
  const names = rows[0] === undefined ? columns.map(({ name }) => name) : Object.keys(rows[0]);
  return { columns: names, rows: comparable.sort(byExact) };
}

/** What is not equal, a few examples of it; empty where all is. */
export function differences(actual: TableRows, expected: TableRows): readonly string[] {
  if (actual.columns.join() !== expected.columns.join()) {
    return [`columns ${actual.columns.join()} instead of ${expected.columns.join()}`];
  }
  const found: string[] = [];
  let [left, right] = [0, 0];
  while (found.length < 5 && (left < actual.rows.length || right < expected.rows.length)) {
    const [row, wanted] = [actual.rows[left], expected.rows[right]];
    const order = row === undefined ? 1 : wanted === undefined ? -1 : byExact(row, wanted);
    if (order < 0) found.push(`unexpected ${row?.exact} ${row?.doubles}`);
    else if (order > 0) found.push(`missing ${wanted?.exact} ${wanted?.doubles}`);
    else if (!closeTo(row?.doubles ?? [], wanted?.doubles ?? [])) {
      found.push(`${row?.exact} has ${row?.doubles} instead of ${wanted?.doubles}`);
    }
    if (order <= 0) left += 1;
    if (order >= 0) right += 1;
  }
  return found;
}

function byExact(left: ComparableRow, right: ComparableRow): number {
  return left.exact < right.exact ? -1 : left.exact > right.exact ? 1 : 0;
}

function closeTo(left: readonly (number | null)[], right: readonly (number | null)[]): boolean {
  return left.every((value, index) => {
    const other = right[index] ?? null;
    if (value === null || other === null) return value === other;
    return Math.abs(value - other) <= tolerance * Math.max(Math.abs(value), Math.abs(other));
  });
}

function isDouble({ kind }: ColumnType): boolean {
  return kind === 'double' || kind === 'float';
}

/** Booleans as 0 and 1, whole numbers as digits, timestamps with all their microseconds. */
function plainValue({ kind }: ColumnType, value: unknown): ResultRow[string] {
  if (value === null || value === undefined) return null;
  if (kind === 'boolean') return String(Number(value));
  if (kind === 'timestamp') return withMicroseconds(String(value));
  return String(value);
}

function withMicroseconds(timestamp: string): string {
  const [whole, fraction = ''] = timestamp.split('.');
  return `${whole}.${fraction.padEnd(6, '0')}`;
}
