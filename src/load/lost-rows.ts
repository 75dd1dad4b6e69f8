/** Refuses a load that would leave most rows of a source out: more often its table was truncated or half filled than that is meant. */
import { deletedAt } from '../deleted-at.js';
import type { Dialect, Session } from '../engines/contract.js';
import { EtlError } from '../errors.js';
import type { Source } from '../pipeline/types.js';
import { isFlagged } from './staging-columns.js';
import type { Target } from './target.js';

/** Tables of fewer rows may shrink as they like, though not down to nothing. */
export const leastRowsGuarded = 1000;
/** Tables of fewer rows, such as pins and settings, may become empty. */
export const leastRowsEmptied = 100;
/** A table that keeps this share of its rows has lost few. */
export const shareKept = 0.5;

const leastRowsLost = leastRowsGuarded * (1 - shareKept);

export interface Shrinkage {
  /** Live rows of before that the source no longer has, without those that it may have purged. */
  readonly missing: number;
  readonly inserted: number;
}

/**
 * What the load of a source says of the rows that it would take away or flag. Asks how many live in the staging table only
 * where so many go that it matters, and no further than it matters.
 */
export function lossGuard(
  session: Session,
  dialect: Dialect,
  source: Source,
  { physical, columns }: Pick<Target, 'physical' | 'columns'>,
  spared: string | undefined,
): (shrinkage: Shrinkage) => Promise<void> {
  return async ({ missing, inserted }) => {
    const lost = missing - inserted;
    if (source.mayShrink || lost < leastRowsEmptied) return;
    const conditions = [
      ...(isFlagged(columns) ? [`t.${dialect.identifier(deletedAt)} is null`] : []),
      ...(spared === undefined ? [] : [`not (${spared})`]),
    ];
    const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
    const from = `from ${dialect.identifier(physical)} t${where}`;
    // So few are most of the rows only where they are all of them.
    const rows = lost > leastRowsLost ? from : `from (select 1 as one ${from} limit ${lost + 1}) few`;
    const [row] = await session.query(`select count(*) as live ${rows}`);
    refuseLoss(source, lost, Number(row?.live));
  };
}

/** The same of a table that is to be replaced as a whole. @param rows that take the place of its own */
export async function refuseSmaller(
  session: Session,
  dialect: Dialect,
  source: Source,
  table: string,
  rows: number,
): Promise<void> {
  const [row] = await session.query(`select count(*) as live from ${dialect.identifier(table)}`);
  const live = Number(row?.live);
  refuseLoss(source, live - rows, live);
}

/** Throws SOURCE_REGRESSED. @param live rows of before */
export function refuseLoss(source: Source, lost: number, live: number): void {
  const isEmptied = live >= leastRowsEmptied && lost >= live;
  const isMostLost = live >= leastRowsGuarded && live - lost < live * shareKept;
  if (source.mayShrink || !(isEmptied || isMostLost)) return;
  throw new EtlError(
    'SOURCE_REGRESSED',
    `${source.name} has lost ${count(lost)} of its ${count(live)} rows: was its table truncated, or is it filled only in part?`,
    {
      where: source.where,
      hint: `if that is meant, read it anew: chat-etl run --reload ${source.name}; if it happens again and again: may_shrink: true`,
    },
  );
}

function count(rows: number): string {
  return rows.toLocaleString('en-US');
}
