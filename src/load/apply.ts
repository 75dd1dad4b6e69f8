/**
 * Makes a stored table equal to new rows, touching only the rows that differ, and writes its change log.
 * Staging merges, `merge` models and rebuilt tables all end here.
 */
import type { Dialect, Session } from '../engines/contract.js';
import { type KeptChanges, keepRows, maxKeptRows } from './kept-changes.js';
import type { Shrinkage } from './lost-rows.js';
import { fromMissing, type MissingRequest } from './missing.js';
import { rewriteRows } from './rewrite.js';
import { afterColumn, beforeColumn, changedColumn, onKeys, quoted } from './sql.js';

/** `rows` has at least `columns` and is unique by key; it may be a scratch table. What is missing from it is deleted. */
export interface ApplyRequest extends MissingRequest {
  readonly columns: readonly string[];
  /** A condition over `n` (a row of `rows`) under which the row is deleted instead. */
  readonly deletedWhen: string | undefined;
  /** The target's change log, where one is kept. */
  readonly log: ChangeLog | undefined;
  /** Where the data tests find what was changed; undefined where none looks at changed rows alone. */
  readonly kept?: KeptChanges | undefined;
  /** Throws where rows would be updated or deleted, given these key values and operations. */
  readonly refuse?: (samples: readonly Readonly<Record<string, unknown>>[]) => never;
  /** Throws where too many rows are missing; asked before any is changed. */
  readonly refuseLoss?: ((shrinkage: Shrinkage) => Promise<void>) | undefined;
}

/** Where changes are written. */
export interface ChangeLog {
  /** Physical name. */
  readonly table: string;
  readonly batch: number;
  /** Columns whose values before and after a change are kept, since they tell a consumer's partition. */
  readonly values: readonly string[];
  /** Columns of which is noted whether an update changed them, since it may pass consumers by. */
  readonly noted: readonly string[];
}

export interface RowCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

export const noRows: RowCounts = { inserted: 0, updated: 0, deleted: 0 };

export function sumOf(first: RowCounts, second: RowCounts): RowCounts {
  return {
    inserted: first.inserted + second.inserted,
    updated: first.updated + second.updated,
    deleted: first.deleted + second.deleted,
  };
}

/** Errors: those of the database, and whatever `refuse` and `refuseLoss` throw. */
export async function applyRows(session: Session, dialect: Dialect, request: ApplyRequest): Promise<RowCounts> {
  const missing = await findChanges(session, dialect, request);
  const counts = await countChanges(session, dialect);
  await request.refuseLoss?.({ missing, inserted: counts.inserted });
  if (request.refuse !== undefined && counts.updated + counts.deleted > 0) {
    request.refuse(await sampleChanges(session, dialect, request));
  }
  const changed = counts.inserted + counts.updated + counts.deleted;
  const kept = changed > maxKeptRows ? undefined : request.kept;
  if (changed > 0) {
    await logChanges(session, dialect, request);
    await writeChanges(session, dialect, request, counts);
    if (kept !== undefined) await keepChanges(session, dialect, request, counts, kept);
  }
  kept?.onKept();
  await session.execute(dialect.dropScratchTable('changes'));
  return counts;
}

/** Fills the scratch table `changes`: a key and its operation for every row that differs. How many of them are missing. */
async function findChanges(session: Session, dialect: Dialect, request: ApplyRequest): Promise<number> {
  const { key, columns, rows, deletedWhen } = request;
  const target = dialect.identifier(request.target);
  const firstKey = dialect.identifier(key[0] ?? '');
  const isNew = `t.${firstKey} is null`;
  const differs = columns.filter((column) => !key.includes(column)).map((column) => isOther(dialect, column));
  const live = `(${[isNew, ...differs].join(' or ')})`;
  const operation = `case when ${isNew} then 'I' else 'U' end`;
  const values = loggedValues(request).map(
    (column) =>
      `, t.${dialect.identifier(column)} as ${dialect.identifier(beforeColumn(column))}, n.${dialect.identifier(column)} as ${dialect.identifier(afterColumn(column))}`,
  );
  const noted = notedColumns(request).map(
    (column) => `, ${isOther(dialect, column)} as ${dialect.identifier(changedColumn(column))}`,
  );
  const select = `select ${quoted(dialect, key, 'n.')}${values.join('')}${noted.join('')}, ${
    deletedWhen === undefined ? operation : `case when ${deletedWhen} then 'D' else ${operation} end`
  } as etl_op from ${rows} n left join ${target} t on ${onKeys(dialect, 't', key, 'n', key)} where ${
    deletedWhen === undefined
      ? live
      : `(not (${deletedWhen}) and ${live}) or ((${deletedWhen}) and t.${firstKey} is not null)`
  }`;
  for (const statement of dialect.createScratchTableAs('changes', select)) await session.execute(statement);
  const removed = selectMissing(dialect, request);
  if (removed === undefined) return 0;
  const before = [...loggedValues(request).map(beforeColumn), ...loggedValues(request).map(afterColumn)];
  const changed = notedColumns(request).map(changedColumn);
  const inserted = quoted(dialect, [...key, ...before, ...changed, 'etl_op']);
  return session.execute(`insert into ${dialect.scratchTable('changes')} (${inserted}) ${removed}`);
}

function selectMissing(dialect: Dialect, request: ApplyRequest): string | undefined {
  const from = fromMissing(dialect, request);
  if (from === undefined) return undefined;
  // What a removed row is after is never asked; its columns may not be null, though.
  const columns = quoted(dialect, [...request.key, ...loggedValues(request), ...loggedValues(request)], 't.');
  const changed = notedColumns(request).map(() => ', true');
  return `select ${columns}${changed.join('')}, 'D' ${from}`;
}

function isOther(dialect: Dialect, column: string): string {
  return dialect.distinct(`n.${dialect.identifier(column)}`, `t.${dialect.identifier(column)}`);
}

function notedColumns({ log, columns }: ApplyRequest): readonly string[] {
  return (log?.noted ?? []).filter((column) => columns.includes(column));
}

function loggedValues({ log }: ApplyRequest): readonly string[] {
  return log?.values ?? [];
}

async function countChanges(session: Session, dialect: Dialect): Promise<RowCounts> {
  const rows = await session.query(
    `select etl_op as op, count(*) as n from ${dialect.scratchTable('changes')} group by etl_op`,
  );
  const count = (op: string) => Number(rows.find((row) => row.op === op)?.n ?? 0);
  return { inserted: count('I'), updated: count('U'), deleted: count('D') };
}

async function sampleChanges(session: Session, dialect: Dialect, request: ApplyRequest) {
  return session.query(
    `select ${quoted(dialect, request.key)}, etl_op from ${dialect.scratchTable('changes')} where etl_op <> 'I' order by ${quoted(dialect, request.key)} limit 5`,
  );
}

async function logChanges(session: Session, dialect: Dialect, request: ApplyRequest): Promise<void> {
  const { key, log } = request;
  if (log === undefined) return;
  const values = log.values.flatMap((column) => [beforeColumn(column), afterColumn(column)]);
  const columns = quoted(dialect, [...key, ...values, ...notedColumns(request).map(changedColumn)]);
  await session.execute(
    `insert into ${dialect.identifier(log.table)} (batch, op, ${columns}) select ${log.batch}, etl_op, ${columns} from ${dialect.scratchTable('changes')}`,
  );
}

async function writeChanges(
  session: Session,
  dialect: Dialect,
  request: ApplyRequest,
  { inserted, updated, deleted }: RowCounts,
): Promise<void> {
  const { target, key, columns } = request;
  const upserts = writtenRows(dialect, request);
  const keysOf = (operation: 'U' | 'D') => `(${changedKeys(dialect, key, operation)})`;
  if (await rewriteRows(session, dialect, { target, key, columns, rows: upserts, replaced: updated + deleted })) return;
  if (deleted > 0) await session.execute(dialect.deleteMatching(target, key, keysOf('D'), key));
  if (inserted + updated === 0) return;
  for (const statement of dialect.upsert(target, columns, key, upserts, keysOf('U'))) await session.execute(statement);
}

async function keepChanges(
  session: Session,
  dialect: Dialect,
  request: ApplyRequest,
  { inserted, updated, deleted }: RowCounts,
  kept: KeptChanges,
): Promise<void> {
  if (deleted > 0) {
    const removed = changedKeys(dialect, request.key, 'D');
    for (const statement of dialect.createScratchTableAs(kept.removed, removed)) await session.execute(statement);
  }
  if (inserted + updated === 0) return;
  await keepRows(session, dialect, kept, request.target, writtenRows(dialect, request));
}

/** Read where they are, whenever they are needed: a copy of them would stay in memory until it is dropped. */
function writtenRows(dialect: Dialect, { rows, key, columns }: ApplyRequest): string {
  return `(select ${quoted(dialect, columns, 'n.')} from ${rows} n join ${dialect.scratchTable('changes')} c on ${onKeys(dialect, 'c', key, 'n', key)} where c.etl_op <> 'D')`;
}

/** A select of the keys whose row was updated, or deleted. */
function changedKeys(dialect: Dialect, key: readonly string[], operation: 'U' | 'D'): string {
  return `select ${quoted(dialect, key)} from ${dialect.scratchTable('changes')} where etl_op = '${operation}'`;
}
