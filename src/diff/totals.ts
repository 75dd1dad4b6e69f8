/** Rows and sums by day, before and after. */
import type { Dialect, Session } from '../engines/contract.js';
import type { Cell, ColumnType, ResultRow } from '../engines/types.js';
import { type ComparedColumn, doubleTolerance, isComparable, isDouble, isNumber } from './compared-columns.js';
import type { Measure, MeasureAt, Totals } from './types.js';

export interface TotalsRequest {
  readonly session: Session;
  readonly dialect: Dialect;
  /** Quoted relations; see `RowComparison`. */
  readonly before: string;
  readonly after: string;
  readonly by: ComparedColumn;
  readonly measures: readonly ComparedColumn[];
}

/** The column that tells a row's day: of `preferred`, else of all; undefined where there is none. */
export function dayColumn(
  columns: readonly ComparedColumn[],
  preferred: readonly string[],
): ComparedColumn | undefined {
  const first = preferred.flatMap((name) => columns.find((column) => column.name === name) ?? []);
  return [...first, ...columns].find((column) => isComparable(column) && isDay(column.name, column.after));
}

/** Columns whose sums mean something: numbers that are no keys. */
export function measureColumns(
  columns: readonly ComparedColumn[],
  key: readonly string[],
  by: string,
): readonly ComparedColumn[] {
  const isKey = (name: string) => name === by || key.includes(name) || /(^|_)(id|key)$/.test(name);
  const counts = ({ before, after }: ComparedColumn) =>
    [before, after].every((type) => isNumber(type) && type.kind !== 'boolean');
  return columns.filter((column) => !isKey(column.name) && counts(column));
}

/** Sums over each value of `by`; only what differs is kept. */
export async function compareTotals(request: TotalsRequest): Promise<Totals> {
  const rows = await request.session.query(totalsSql(request));
  const looked = rows.slice(0, mostValues);
  const measures: readonly (ComparedColumn | undefined)[] = [undefined, ...request.measures];
  return {
    by: request.by.name,
    isCut: rows.length > mostValues,
    measures: measures
      .map((column, index) => measureOf(column, looked, index))
      .filter(({ differing }) => differing.length > 0),
  };
}

/** A day for 27 years; whoever asks for another column sees no more either. */
const mostValues = 10_000;

function isDay(name: string, { kind }: ColumnType): boolean {
  return kind === 'date' || kind === 'timestamp' || (kind === 'integer' && /(^|_)date_key$/.test(name));
}

/** Each relation is summed up once, and both are put one under the other: no engine lacks that. */
function totalsSql({ dialect, before, after, by, measures }: TotalsRequest): string {
  const isMoment = by.before.kind === 'timestamp' || by.after.kind === 'timestamp';
  const column = `t.${dialect.identifier(by.name)}`;
  const at = isMoment ? `cast(${column} as date)` : column;
  const sums = ['count(*)', ...measures.map(({ name }) => `sum(t.${dialect.identifier(name)})`)];
  const none = sums.map(() => 'null');
  const named = (values: readonly string[], side: string) => values.map((value, i) => `${value} as etl_${side}_${i}`);
  const half = (relation: string, isBefore: boolean) => {
    const list = [...named(isBefore ? sums : none, 'before'), ...named(isBefore ? none : sums, 'after')];
    return `select ${at} as etl_at, ${list.join(', ')} from ${relation} t group by ${at}`;
  };
  const totals = ['before', 'after'].flatMap((side) =>
    sums.map((_, i) => `sum(u.etl_${side}_${i}) as etl_${side}_${i}`),
  );
  return `select u.etl_at, ${totals.join(', ')} from (${half(before, true)} union all ${half(after, false)}) u group by u.etl_at order by u.etl_at limit ${mostValues + 1}`;
}

function measureOf(column: ComparedColumn | undefined, rows: readonly ResultRow[], index: number): Measure {
  const all = rows.map((row): MeasureAt => {
    const at = row.etl_at ?? null;
    return {
      at: at === null ? 'NULL' : String(at),
      before: amount(row[`etl_before_${index}`]),
      after: amount(row[`etl_after_${index}`]),
    };
  });
  const isAverage = column !== undefined && isDouble(column);
  const sum = (side: 'before' | 'after') => all.reduce((total, values) => total + (values[side] ?? 0), 0);
  return {
    column: column?.name,
    before: isAverage ? undefined : sum('before'),
    after: isAverage ? undefined : sum('after'),
    differing: all.filter((values) => differs(values, isAverage ? doubleTolerance : 0)),
  };
}

function amount(cell: Cell | undefined): number | undefined {
  return cell === null || cell === undefined ? undefined : Number(cell);
}

function differs({ before, after }: MeasureAt, tolerance: number): boolean {
  if (before === undefined || after === undefined) return before !== after;
  return Math.abs(after - before) > tolerance * Math.max(Math.abs(before), Math.abs(after));
}
