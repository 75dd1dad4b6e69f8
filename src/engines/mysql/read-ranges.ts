/** A source's rows by ranges of their key: summed up by the server, or read from a few ranges alone. */
import { type RangeBounds, type RangeSummary, type SummaryRequest, toBounds, toSummaries } from '../ranges.js';
import type { PageOptions, SourceRead } from '../source-contract.js';
import { type Connection, identityOf, runStatement } from './connect.js';
import { ranges, rangesOf } from './ranges.js';
import { type ReadPlan, selectAll, withCursor } from './read-plan.js';

/** The rows of a read from the start that are in some ranges of their key. */
export function selectWithin(plan: ReadPlan, read: SourceRead, within: NonNullable<PageOptions['within']>): string {
  const condition = ranges.within(plan.computable, within.key, within.ranges);
  const conditions = [...withCursor(plan, read), condition].map((one) => `(${one})`);
  return `${selectAll(plan)} WHERE ${conditions.join(' AND ')}`;
}

export interface Bounded {
  readonly signal: AbortSignal;
  /** Stops the statement on the server. */
  readonly kill: () => Promise<void>;
}

/** Errors: CANCELLED by the signal, and those of the database. */
export async function readBounds(
  connection: Connection,
  plan: ReadPlan,
  read: SourceRead,
  bounded: Bounded,
): Promise<RangeBounds | undefined> {
  const sql = ranges.bounds(plan.relation, plan.computable, read.key);
  return toBounds((await runBounded(connection, sql, bounded))[0]);
}

/** Errors: as of `readBounds`. */
export async function readSummaries(
  connection: Connection,
  plan: ReadPlan,
  read: SourceRead,
  request: SummaryRequest,
  bounded: Bounded,
): Promise<readonly RangeSummary[]> {
  const sql = rangesOf(identityOf(connection)).summarize(
    plan.relation,
    plan.computable,
    request,
    withCursor(plan, read),
  );
  return toSummaries(await runBounded(connection, sql, bounded));
}

async function runBounded(connection: Connection, sql: string, { signal, kill }: Bounded) {
  signal.throwIfAborted();
  const stop = () => void kill();
  signal.addEventListener('abort', stop);
  try {
    return (await runStatement(connection, sql)).rows;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
