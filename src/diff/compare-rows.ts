/** Rows of the same key side by side: added, removed, changed, and in which columns. */
import type { Dialect, Session } from '../engines/contract.js';
import type { ResultRow } from '../engines/types.js';
import { onKeys, quoted } from '../load/sql.js';
import { type ComparedColumn, differsIn } from './compared-columns.js';
import type { Cells, RowDifferences, ValueDifferences } from './types.js';

export interface RowComparison {
  readonly session: Session;
  readonly dialect: Dialect;
  /** Quoted relation, or a query in parentheses; each statement names it once. */
  readonly before: string;
  /** Quoted scratch table, likewise: MySQL cannot open one twice in a statement. */
  readonly after: string;
  /** In neither relation does one stand twice. */
  readonly key: readonly string[];
  readonly columns: readonly ComparedColumn[];
  readonly exampleCount: number;
}

export async function compareRows(comparison: RowComparison): Promise<RowDifferences> {
  const { key, columns } = comparison;
  const compared = columns.filter(({ name }) => !key.includes(name));
  const counts = await countDifferences(comparison, compared);
  const removed = await countRemoved(comparison);
  const values: ValueDifferences[] = [];
  for (const [index, column] of compared.entries()) {
    const rows = Number(counts[`etl_column_${index}`] ?? 0);
    if (rows > 0) values.push({ column: column.name, rows, examples: await valueExamples(comparison, column) });
  }
  const [added, changed] = [Number(counts.etl_added ?? 0), Number(counts.etl_changed ?? 0)];
  return {
    key,
    added,
    removed,
    changed,
    same: Number(counts.etl_rows ?? 0) - added - changed,
    addedKeys: added === 0 ? [] : await keyExamples(comparison, 'n'),
    removedKeys: removed === 0 ? [] : await keyExamples(comparison, 'o'),
    values,
  };
}

async function countDifferences(comparison: RowComparison, compared: readonly ComparedColumn[]): Promise<ResultRow> {
  const { session, dialect } = comparison;
  const conditions = compared.map((column) => differsIn(dialect, column));
  const isNew = missing(comparison, 'o');
  const count = (condition: string, name: string) => `sum(case when ${condition} then 1 else 0 end) as ${name}`;
  const counts = [
    'count(*) as etl_rows',
    count(isNew, 'etl_added'),
    ...(conditions.length === 0 ? [] : [count(`not (${isNew}) and (${conditions.join(' or ')})`, 'etl_changed')]),
    ...conditions.map((condition, index) => count(`not (${isNew}) and ${condition}`, `etl_column_${index}`)),
  ];
  const [row = {}] = await session.query(`select ${counts.join(', ')} from ${joined(comparison, 'n', 'left join')}`);
  return row;
}

async function countRemoved(comparison: RowComparison): Promise<number> {
  const [row] = await comparison.session.query(
    `select count(*) as etl_removed from ${joined(comparison, 'o', 'left join')} where ${missing(comparison, 'n')}`,
  );
  return Number(row?.etl_removed ?? 0);
}

async function valueExamples(comparison: RowComparison, column: ComparedColumn): Promise<ValueDifferences['examples']> {
  const { session, dialect, key, exampleCount } = comparison;
  const name = dialect.identifier(column.name);
  const rows = await session.query(
    `select ${quoted(dialect, key, 'n.')}, o.${name} as etl_before, n.${name} as etl_after from ${joined(comparison, 'n', 'join')} where ${differsIn(dialect, column)} order by ${quoted(dialect, key, 'n.')} limit ${exampleCount}`,
  );
  return rows.map((row) => ({ key: keyOf(row, key), before: row.etl_before ?? null, after: row.etl_after ?? null }));
}

/** Keys that only this side has. */
async function keyExamples(comparison: RowComparison, side: Side): Promise<readonly Cells[]> {
  const { session, dialect, key, exampleCount } = comparison;
  const list = quoted(dialect, key, `${side}.`);
  const rows = await session.query(
    `select ${list} from ${joined(comparison, side, 'left join')} where ${missing(comparison, side === 'n' ? 'o' : 'n')} order by ${list} limit ${exampleCount}`,
  );
  return rows.map((row) => keyOf(row, key));
}

/** `n`: as the SQL gives it now; `o`: as it is published. */
type Side = 'n' | 'o';

function joined({ dialect, before, after, key }: RowComparison, first: Side, join: 'join' | 'left join'): string {
  const [left, right] = first === 'n' ? [`${after} n`, `${before} o`] : [`${before} o`, `${after} n`];
  return `${left} ${join} ${right} on ${onKeys(dialect, 'n', key, 'o', key)}`;
}

/** Keys hold no NULL, so that one means that there is no such row. */
function missing({ dialect, key }: RowComparison, side: Side): string {
  return `${side}.${dialect.identifier(key[0] ?? '')} is null`;
}

function keyOf(row: ResultRow, key: readonly string[]): Cells {
  return Object.fromEntries(key.map((name) => [name, row[name] ?? null]));
}
