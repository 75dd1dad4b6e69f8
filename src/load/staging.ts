/** Work table -> staging table: the rows that a read brought are merged by key. */
import { deletedAt } from '../deleted-at.js';
import type { Dialect, Session } from '../engines/contract.js';
import type { KeyRanges } from '../engines/ranges.js';
import type { Column } from '../engines/types.js';
import { EtlError } from '../errors.js';
import type { Source } from '../pipeline/types.js';
import { applyRows, type ChangeLog, type RowCounts } from './apply.js';
import { withBackfill } from './backfill.js';
import { findDuplicates, hasOddKeys, refuseDuplicates, refuseNullKeys } from './duplicates.js';
import { finishFilled } from './filled.js';
import { insertKeeping, keepDeleted } from './keep-deleted.js';
import type { KeptChanges } from './kept-changes.js';
import { selectLatest } from './latest-rows.js';
import { lossGuard, refuseLoss } from './lost-rows.js';
import type { MissingRows } from './missing.js';
import { purgedWhen } from './purged.js';
import { replaceRows } from './replace.js';
import { live, softDeleted } from './soft-deleted.js';
import { onKeys, quoted } from './sql.js';
import { asStored, rangeColumns } from './staging-ranges.js';
import type { Target } from './target.js';
import { keysTableOf } from './work-tables.js';

export interface StagingRequest {
  readonly source: Source;
  readonly target: Target;
  /** Name of the work table, as given to `Session.load`. */
  readonly workTable: string;
  /** True where it was made by its key, so that none comes twice. */
  readonly isKeyed?: boolean;
  /** True where the read brought every row, so that rows it lacks are gone. */
  readonly whole: boolean;
  /**
   * Where deletes were looked for: the keys in these ranges (in all where undefined) are in the work table `keysTableOf`, of
   * the same snapshot, or those that are gone in a `goneTable`.
   */
  readonly detected: LookedAt | undefined;
  /** New columns whose values of all rows were read as well, into the work table `backfillTableOf`. */
  readonly backfilled?: readonly string[] | undefined;
  /** The run's start, UTC `YYYY-MM-DD HH:MM:SS.ffffff`: when rows that are deleted were seen to be. */
  readonly seenAt: string;
  /** With `retention`: missing rows of before were purged, no deletes. UTC, as `seenAt`. */
  readonly purgedBefore: string | undefined;
  readonly log: ChangeLog | undefined;
  /** Where the data tests find what was changed; undefined where none looks at changed rows alone. */
  readonly kept?: KeptChanges | undefined;
  /** True where nobody has asked for a load that leaves most rows out: it is refused then. */
  readonly isGuarded?: boolean;
}

export interface LookedAt {
  readonly ranges: KeyRanges | undefined;
  readonly columns: readonly Column[];
  /** The work table of the keys, where it is another one. */
  readonly keysTable?: string;
  /** The work table of the keys that are gone, where they were looked for already. */
  readonly goneTable?: string | undefined;
}

/** Errors: DUPLICATE_KEY for a whole read, APPEND_ONLY, SOURCE_REGRESSED where it is guarded, DATABASE. */
export async function loadStaging(session: Session, dialect: Dialect, request: StagingRequest): Promise<RowCounts> {
  const { source, target } = request;
  if (target.filled !== undefined) return finishFilled(session, dialect, source, target, target.filled.rows);
  const columns = target.columns.map((column) => column.name);
  const deletedWhen = softDeleted(dialect, request.source, request.target.columns);
  const read = dialect.workTable(request.workTable);
  if (source.key.length === 0) {
    const refuse = request.isGuarded
      ? (before: number, after: number) => refuseLoss(source, before - after, before)
      : undefined;
    return replaceRows(session, dialect, target.physical, columns, live(read, deletedWhen), refuse);
  }

  const unique = await uniqueRows(session, dialect, request, read);
  const filled = await withNewColumns(session, dialect, request, unique);
  const rows = await withGoneColumns(session, dialect, target, filled);
  const isEmpty = target.fresh && target.carried !== true;
  const spared = purgedWhen(dialect, source, request.purgedBefore);
  const common = {
    target: target.physical,
    columns,
    key: source.key,
    rows,
    deletedWhen,
    missing: missingRows(dialect, request),
    spared,
    log: request.log,
    kept: request.kept,
    refuseLoss: request.isGuarded ? lossGuard(session, dialect, source, target, spared) : undefined,
  };
  if (source.deletedRows === 'keep') {
    const put = isEmpty ? insertKeeping : keepDeleted;
    return put(session, dialect, { ...common, erase: source.erase ?? [], seenAt: request.seenAt });
  }
  if (isEmpty) {
    const inserted = await session.execute(
      `insert into ${dialect.identifier(target.physical)} (${quoted(dialect, columns)}) select ${quoted(dialect, columns)} from ${live(rows, deletedWhen)} n`,
    );
    return { inserted, updated: 0, deleted: 0 };
  }
  return applyRows(session, dialect, {
    ...common,
    ...(source.appendOnly ? { refuse: (samples) => refuseChanges(source, samples) } : {}),
  });
}

function missingRows(dialect: Dialect, request: StagingRequest): MissingRows {
  const { source, target, whole, detected } = request;
  if (whole) return { policy: 'delete' };
  if (detected === undefined || detected.ranges?.numbers.length === 0) return { policy: 'keep' };
  if (detected.goneTable !== undefined) {
    const keys = dialect.workTable(detected.goneTable);
    return { policy: 'delete_of_keys', keys, keyColumns: source.key, targetColumns: source.key };
  }
  const columns = rangeColumns(dialect, asStored(detected.columns, target.columns));
  const keys = live(
    dialect.workTable(detected.keysTable ?? keysTableOf(source.table)),
    softDeleted(dialect, request.source, request.target.columns),
  );
  const within = detected.ranges && dialect.ranges.within(columns, source.key, detected.ranges);
  return { policy: 'delete_unless_key', keys, within };
}

/** With the rows of staging that were not read but have values of a new column now. */
async function withNewColumns(
  session: Session,
  dialect: Dialect,
  { source, target, workTable, backfilled = [] }: StagingRequest,
  rows: string,
): Promise<string> {
  if (backfilled.length === 0) return rows;
  const request = { staging: target.physical, workTable, columns: readColumns(target), key: source.key, backfilled };
  return withBackfill(session, dialect, rows, request);
}

/** A key read twice counts once, as last read; within one whole read it is a mistake in the declared key. */
async function uniqueRows(
  session: Session,
  dialect: Dialect,
  { source, whole, target, isKeyed }: StagingRequest,
  read: string,
): Promise<string> {
  if (isKeyed === true) return read;
  const check = { relation: read, key: source.key, title: `source '${source.name}'`, where: source.where };
  if (!(await hasOddKeys(session, dialect, check))) return read;
  await refuseNullKeys(session, dialect, { ...check, code: 'SOURCE_DATA' });
  if (whole) {
    await refuseDuplicates(session, dialect, check);
    return read;
  }
  const twice = await findDuplicates(session, dialect, read, source.key);
  if (twice.length === 0) return read;
  const select = selectLatest(dialect, read, source.key, readColumns(target));
  for (const statement of dialect.createScratchTableAs('latest', select)) await session.execute(statement);
  return dialect.scratchTable('latest');
}

/** The columns that reads of the source bring. */
function readColumns({ columns, gone = [] }: Target): readonly string[] {
  return columns.map(({ name }) => name).filter((name) => name !== deletedAt && !gone.includes(name));
}

/** Rows that are there keep their values in the columns that the source no longer has. */
async function withGoneColumns(session: Session, dialect: Dialect, target: Target, rows: string): Promise<string> {
  const { physical, key, gone = [] } = target;
  if (gone.length === 0) return rows;
  const columns = `${quoted(dialect, readColumns(target), 'n.')}, ${quoted(dialect, gone, 't.')}`;
  const select = `select ${columns} from ${rows} n left join ${dialect.identifier(physical)} t on ${onKeys(dialect, 't', key, 'n', key)}`;
  for (const statement of dialect.createScratchTableAs('with_gone', select)) await session.execute(statement);
  return dialect.scratchTable('with_gone');
}

function refuseChanges(source: Source, samples: readonly Readonly<Record<string, unknown>>[]): never {
  const keys = samples.map((sample) => {
    const verb = sample.etl_op === 'D' ? 'deleted' : 'updated';
    return `${verb} ${source.key.map((name) => `${name} = ${String(sample[name])}`).join(', ')}`;
  });
  throw new EtlError('APPEND_ONLY', `source '${source.name}' is append_only but rows changed: ${keys.join('; ')}`, {
    where: source.where,
    hint: 'remove `append_only: true` (and use strategy merge), or find out who changes these rows',
  });
}
