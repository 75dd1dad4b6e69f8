/** Which columns of both sides can be compared, and how. */
import type { Dialect } from '../engines/contract.js';
import type { Column, ColumnType } from '../engines/types.js';

export interface ComparedColumn {
  readonly name: string;
  readonly before: ColumnType;
  readonly after: ColumnType;
}

/** Columns that both have. */
export function commonColumns(before: readonly Column[], after: readonly Column[]): readonly ComparedColumn[] {
  const old = new Map(before.map(({ name, type }) => [name, type]));
  return after.flatMap(({ name, type }) => {
    const from = old.get(name);
    return from === undefined ? [] : [{ name, before: from, after: type }];
  });
}

/** True where the values of both types can stand on the two sides of `=`. */
export function isComparable({ before, after }: ComparedColumn): boolean {
  return before.kind === after.kind || (isNumber(before) && isNumber(after)) || (isTime(before) && isTime(after));
}

export function isNumber({ kind }: ColumnType): boolean {
  return ['boolean', 'integer', 'decimal', 'float', 'double'].includes(kind);
}

/** True where sums depend on the order of the rows. */
export function isDouble({ before, after }: ComparedColumn): boolean {
  return [before, after].some(({ kind }) => kind === 'double' || kind === 'float');
}

function isTime({ kind }: ColumnType): boolean {
  return kind === 'date' || kind === 'timestamp';
}

/** Doubles that agree to this part of them are the same: sums of them come out differently each time. */
export const doubleTolerance = 1e-12;

/** The condition that `n` and `o` differ in a column. */
export function differsIn(dialect: Dialect, column: ComparedColumn): string {
  const [after, before] = ['n', 'o'].map((side) => `${side}.${dialect.identifier(column.name)}`);
  const distinct = dialect.distinct(`${after}`, `${before}`);
  if (!isDouble(column)) return distinct;
  const near = `abs(${after} - ${before}) <= ${doubleTolerance} * greatest(abs(${after}), abs(${before}))`;
  return `(${distinct} and not coalesce(${near}, false))`;
}
