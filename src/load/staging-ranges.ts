/** Staging summed up by ranges of its key, as it will be once the rows that wait in a work table are merged. */
import { deletedAt } from '../deleted-at.js';
import type { Dialect, Session } from '../engines/contract.js';
import type { RangeColumn } from '../engines/range-sql.js';
import {
  type KeyRanges,
  type RangeBounds,
  type RangeScale,
  type RangeSummary,
  type RowCondition,
  type SummaryRequest,
  toBounds,
  toSummaries,
} from '../engines/ranges.js';
import type { Column } from '../engines/types.js';
import { selectLatest } from './latest-rows.js';
import { onKeys } from './sql.js';

export interface StagingRanges {
  /** Quoted. */
  readonly table: string;
  /** As staging has them. */
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  readonly content: SummaryRequest['content'];
  /** Name of the work table that waits; undefined where it is empty. */
  readonly workTable: string | undefined;
  /** True where rows may be there that the source has deleted. */
  readonly isFlagged: boolean;
  /** Which rows of staging are compared, and which of those that wait. */
  readonly conditions: readonly RowCondition[];
  readonly waitingConditions: readonly RowCondition[];
}

export function boundsOfStaging(
  session: Session,
  dialect: Dialect,
  { table, columns, key }: StagingRanges,
): Promise<RangeBounds | undefined> {
  const select = dialect.ranges.bounds(`${table} t`, rangeColumns(dialect, columns), key);
  return session.query(select).then(([row]) => toBounds(row));
}

/** What staging holds, less the rows that the waiting ones replace or remove, and these. */
export async function summarizeStaging(
  session: Session,
  dialect: Dialect,
  staging: StagingRanges,
  scale: RangeScale,
  within: KeyRanges | undefined,
): Promise<readonly RangeSummary[]> {
  const { table, columns, key, content, workTable } = staging;
  const summarize = async (from: string, more: readonly string[], conditions: readonly RowCondition[]) => {
    const request = { key, content, scale, within, conditions };
    return toSummaries(
      await session.query(dialect.ranges.summarize(from, rangeColumns(dialect, columns), request, more)),
    );
  };
  const stored = `${table} t`;
  const live = staging.isFlagged ? [`t.${dialect.identifier(deletedAt)} is null`] : [];
  const all = await summarize(stored, live, staging.conditions);
  if (workTable === undefined) return all;
  const work = dialect.workTable(workTable);
  const isReplaced = `exists (select 1 from ${work} w where ${onKeys(dialect, 'w', key, 't', key)})`;
  const replaced = await summarize(stored, [...live, isReplaced], staging.conditions);
  const names = columns.map(({ name }) => name);
  const waiting = await summarize(`(${selectLatest(dialect, work, key, names)}) t`, [], staging.waitingConditions);
  return combine([
    [all, 1],
    [replaced, -1],
    [waiting, 1],
  ]);
}

/** Counts add up, and a hash that stands there twice is gone. */
function combine(parts: readonly (readonly [readonly RangeSummary[], 1 | -1])[]): readonly RangeSummary[] {
  const sums = new Map<bigint, RangeSummary>();
  for (const [summaries, sign] of parts) {
    for (const { number, rows, checksum, opaqueRows } of summaries) {
      const sum = sums.get(number) ?? { number, rows: 0, checksum: 0n, opaqueRows: 0 };
      sums.set(number, {
        number,
        rows: sum.rows + sign * rows,
        checksum: sum.checksum ^ checksum,
        opaqueRows: sum.opaqueRows + sign * opaqueRows,
      });
    }
  }
  return [...sums.values()];
}

/** The columns of a source as staging has them: scales are as stored. */
export function asStored(columns: readonly Column[], stored: readonly Column[]): readonly Column[] {
  return columns.map((column) => stored.find(({ name }) => name === column.name) ?? column);
}

export function rangeColumns(dialect: Dialect, columns: readonly Column[], alias = 't'): readonly RangeColumn[] {
  // Tables of the warehouse are ours: their texts are UTF-8.
  return columns.map((column) => ({ ...column, sql: `${alias}.${dialect.identifier(column.name)}`, isUtf8: true }));
}
