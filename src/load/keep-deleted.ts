/**
 * `deleted_rows: keep`: a row that the source no longer has stays in staging, with the time when that was first seen in
 * `etl_deleted_at` and its erased columns NULL. A row that comes back is live again.
 */
import { deletedAt } from '../deleted-at.js';
import type { Dialect, Session } from '../engines/contract.js';
import { applyRows, type ChangeLog, type RowCounts } from './apply.js';
import type { KeptChanges } from './kept-changes.js';
import type { Shrinkage } from './lost-rows.js';
import { fromMissing, type MissingRequest } from './missing.js';
import { onKeys, quoted } from './sql.js';

export interface KeepRequest extends MissingRequest {
  /** The columns of staging, `etl_deleted_at` among them. */
  readonly columns: readonly string[];
  /** Columns that become NULL in rows that are deleted. */
  readonly erase: readonly string[];
  /** A condition over `n` (a row of `rows`), never NULL, that it is deleted. */
  readonly deletedWhen: string | undefined;
  /** The run's start, UTC `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly seenAt: string;
  readonly log: ChangeLog | undefined;
  /** Where the data tests find what was changed. */
  readonly kept?: KeptChanges | undefined;
  /** As of `ApplyRequest`: a row that is flagged is lost. */
  readonly refuseLoss?: ((shrinkage: Shrinkage) => Promise<void>) | undefined;
}

/** Puts the rows into a table that may hold rows already. Flagged rows count as updated. */
export async function keepDeleted(session: Session, dialect: Dialect, request: KeepRequest): Promise<RowCounts> {
  const kept = dialect.scratchTable('kept');
  for (const statement of dialect.createScratchTableAs('kept', readRows(dialect, request))) {
    await session.execute(statement);
  }
  const gone = goneRows(dialect, request);
  const list = quoted(dialect, [...dataColumns(request), deletedAt]);
  const missing = gone === undefined ? 0 : await session.execute(`insert into ${kept} (${list}) ${gone}`);
  await eraseFlagged(session, dialect, kept, request.erase);
  const { target, key, columns, log, kept: keptChanges, refuseLoss } = request;
  const counts = await applyRows(session, dialect, {
    target,
    key,
    columns,
    rows: kept,
    deletedWhen: undefined,
    missing: { policy: 'keep' },
    log,
    kept: keptChanges,
    refuseLoss: refuseLoss && (({ inserted }) => refuseLoss({ missing, inserted })),
  });
  await session.execute(dialect.dropScratchTable('kept'));
  return counts;
}

/** Puts the rows into an empty table. */
export async function insertKeeping(session: Session, dialect: Dialect, request: KeepRequest): Promise<RowCounts> {
  const { target, rows, deletedWhen, seenAt, erase } = request;
  const columns = dataColumns(request);
  const values = columns.map((column) => {
    const value = `n.${dialect.identifier(column)}`;
    return deletedWhen !== undefined && erase.includes(column)
      ? `case when not (${deletedWhen}) then ${value} end`
      : value;
  });
  const flag = deletedWhen === undefined ? 'null' : `case when ${deletedWhen} then ${dialect.timestamp(seenAt)} end`;
  const inserted = await session.execute(
    `insert into ${dialect.identifier(target)} (${quoted(dialect, [...columns, deletedAt])}) select ${[...values, flag].join(', ')} from ${rows} n`,
  );
  return { inserted, updated: 0, deleted: 0 };
}

/** The rows that were read; one that is marked deleted keeps the time since when it is. */
function readRows(dialect: Dialect, request: KeepRequest): string {
  const { target, key, rows, deletedWhen, seenAt } = request;
  const since = `coalesce(t.${dialect.identifier(deletedAt)}, ${dialect.timestamp(seenAt)})`;
  const flag = `case when ${deletedWhen ?? '1 = 0'} then ${since} end as ${dialect.identifier(deletedAt)}`;
  return `select ${quoted(dialect, dataColumns(request), 'n.')}, ${flag} from ${rows} n left join ${dialect.identifier(target)} t on ${onKeys(dialect, 't', key, 'n', key)}`;
}

/** Missing rows that live as yet; and flagged ones that hold what the definition now erases. */
function goneRows(dialect: Dialect, request: KeepRequest): string | undefined {
  const flag = `t.${dialect.identifier(deletedAt)}`;
  const purged = request.spared === undefined ? undefined : `${flag} is null and (${request.spared})`;
  const from = fromMissing(dialect, { ...request, spared: purged });
  if (from === undefined) return undefined;
  const unerased = request.erase.map((column) => `t.${dialect.identifier(column)} is not null`);
  const since = `coalesce(${flag}, ${dialect.timestamp(request.seenAt)})`;
  return `select ${quoted(dialect, dataColumns(request), 't.')}, ${since} ${from} and (${[`${flag} is null`, ...unerased].join(' or ')})`;
}

async function eraseFlagged(
  session: Session,
  dialect: Dialect,
  table: string,
  erase: readonly string[],
): Promise<void> {
  if (erase.length === 0) return;
  const nulls = erase.map((column) => `${dialect.identifier(column)} = null`).join(', ');
  await session.execute(`update ${table} set ${nulls} where ${dialect.identifier(deletedAt)} is not null`);
}

function dataColumns({ columns }: KeepRequest): readonly string[] {
  return columns.filter((column) => column !== deletedAt);
}
