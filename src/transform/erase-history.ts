/**
 * `erase` of a snapshot: once a row is deleted in the source, these columns are NULL in all versions of it, the one exception
 * to 'closed rows never change'. Of a row that came back the versions of before stay erased.
 */
import { deletedAt } from '../deleted-at.js';
import { afterColumn, changeLogOf, onKeys, quoted } from '../load/sql.js';
import type { ModelWork } from './work.js';

/** The versions of a row and what tells them apart. */
export interface Versions {
  /** The key of the history table. */
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** The column that marks the open version. */
  readonly current: string;
}

/**
 * Finds which rows are deleted (scratch table `erased`) and takes what is to be erased out of the scratch table `rows`, where
 * the source keeps them.
 * @param columns those of `rows`
 * @param cut the run looks at the scratch table `touched_keys` alone
 */
export async function eraseDeletedRows(work: ModelWork, columns: readonly string[], cut: boolean): Promise<void> {
  if (!erases(work)) return;
  const { session, engine, compiled } = work;
  const { dialect } = engine;
  await findDeleted(work, cut);
  if ((await session.query(`select 1 as found from ${dialect.scratchTable('erased')} limit 1`)).length === 0) return;
  const { deltaKey } = compiled.model;
  const isErased = `e.${dialect.identifier(deltaKey[0] ?? '')} is not null`;
  const values = columns.map((name) => {
    const column = dialect.identifier(name);
    return erasedColumns(work).includes(name)
      ? `case when not (${isErased}) then n.${column} end as ${column}`
      : `n.${column}`;
  });
  const same = onKeys(dialect, 'e', deltaKey, 'n', deltaKey);
  const select = `select ${values.join(', ')} from ${dialect.scratchTable('rows')} n left join ${dialect.scratchTable('erased')} e on ${same}`;
  for (const statement of dialect.createScratchTableAs('unerased', select)) await session.execute(statement);
  const back = `select * from ${dialect.scratchTable('unerased')}`;
  for (const statement of dialect.createScratchTableAs('rows', back)) await session.execute(statement);
  await session.execute(dialect.dropScratchTable('unerased'));
}

/**
 * Erases the versions of deleted rows, and the closed ones of rows that were deleted and came back since the model last ran;
 * logs those that are not in the scratch table `versions`. The number of versions.
 */
export async function eraseVersions(work: ModelWork, versions: Versions, cut: boolean): Promise<number> {
  if (!erases(work)) return 0;
  const { session, engine } = work;
  const { dialect } = engine;
  let erased = await eraseThose(work, versions, dialect.scratchTable('erased'), work.compiled.model.deltaKey, '');
  const returned = cut ? deletedMeanwhile(work) : undefined;
  if (returned !== undefined) {
    const closed = ` and not o.${dialect.identifier(versions.current)}`;
    erased += await eraseThose(work, versions, `(${returned})`, work.keyOf(followed(work)), closed);
  }
  await session.execute(dialect.dropScratchTable('erased'));
  return erased;
}

function erases(work: ModelWork): boolean {
  return erasedColumns(work).length > 0;
}

function erasedColumns({ compiled }: ModelWork): readonly string[] {
  return compiled.model.erase ?? [];
}

/** The source whose rows tell what is deleted; the rules of the definitions see to it that there is one. */
function followed({ compiled }: ModelWork): string {
  return compiled.deltas[0] ?? compiled.refs[0] ?? '';
}

/** Fills `erased`, with columns called as the model's: keys of rows or versions that have no live row in staging. */
async function findDeleted(work: ModelWork, cut: boolean): Promise<void> {
  const { session, engine, compiled, target, physical } = work;
  const { dialect } = engine;
  const { deltaKey } = compiled.model;
  const source = followed(work);
  const key = work.keyOf(source);
  const lives = work.keepsDeleted(source) ? ` and s.${dialect.identifier(deletedAt)} is null` : '';
  const withoutLiveRow = (alias: string) =>
    `not exists (select 1 from ${dialect.identifier(physical(source))} s where ${onKeys(dialect, 's', key, alias, deltaKey)}${lives})`;
  const lookedAt = cut
    ? ` join ${dialect.scratchTable('touched_keys')} k on ${onKeys(dialect, 'o', deltaKey, 'k', key)}`
    : '';
  const inRows = `select distinct ${quoted(dialect, deltaKey, 'n.')} from ${dialect.scratchTable('rows')} n where ${withoutLiveRow('n')}`;
  for (const statement of dialect.createScratchTableAs('erased', inRows)) await session.execute(statement);
  const history = `select distinct ${quoted(dialect, deltaKey, 'o.')} from ${dialect.identifier(target.physical)} o${lookedAt} where ${withoutLiveRow('o')}`;
  for (const statement of dialect.createScratchTableAs('erased_history', history)) await session.execute(statement);
  const known = `select 1 from ${dialect.scratchTable('rows')} n where ${onKeys(dialect, 'n', deltaKey, 'h', deltaKey)}`;
  await session.execute(
    `insert into ${dialect.scratchTable('erased')} (${quoted(dialect, deltaKey)}) select ${quoted(dialect, deltaKey, 'h.')} from ${dialect.scratchTable('erased_history')} h where not exists (${known})`,
  );
  await session.execute(dialect.dropScratchTable('erased_history'));
}

/** A select of the source's keys that the change log says were deleted since the model last ran. */
function deletedMeanwhile(work: ModelWork): string {
  const { dialect } = work.engine;
  const source = followed(work);
  const log = dialect.identifier(work.physical(changeLogOf(source)));
  const flagged = work.keepsDeleted(source) ? ` or ${dialect.identifier(afterColumn(deletedAt))} is not null` : '';
  return `select distinct ${quoted(dialect, work.keyOf(source))} from ${log} where batch > ${work.positions.get(source)?.batch ?? 0} and (op = 'D'${flagged})`;
}

async function eraseThose(
  work: ModelWork,
  { key, columns }: Versions,
  keys: string,
  keyColumns: readonly string[],
  condition: string,
): Promise<number> {
  const { session, engine, compiled, target } = work;
  const { dialect } = engine;
  const erase = erasedColumns(work);
  const values = columns.map((name) => {
    const column = `o.${dialect.identifier(name)}`;
    return erase.includes(name) ? `nullif(${column}, ${column}) as ${dialect.identifier(name)}` : column;
  });
  const isHeld = erase.map((name) => `o.${dialect.identifier(name)} is not null`).join(' or ');
  const same = onKeys(dialect, 'd', keyColumns, 'o', compiled.model.deltaKey);
  const select = `select ${values.join(', ')} from ${dialect.identifier(target.physical)} o join ${keys} d on ${same} where (${isHeld})${condition}`;
  for (const statement of dialect.createScratchTableAs('rewritten', select)) await session.execute(statement);
  const [row] = await session.query(`select count(*) as n from ${dialect.scratchTable('rewritten')}`);
  const erased = Number(row?.n ?? 0);
  if (erased > 0) {
    await logErased(work);
    for (const statement of dialect.upsert(target.physical, columns, key, dialect.scratchTable('rewritten'))) {
      await session.execute(statement);
    }
  }
  await session.execute(dialect.dropScratchTable('rewritten'));
  return erased;
}

async function logErased({ session, engine, compiled, log }: ModelWork): Promise<void> {
  if (log === undefined) return;
  const { dialect } = engine;
  const { key } = compiled.model;
  const logged = `select 1 from ${dialect.scratchTable('versions')} v where ${onKeys(dialect, 'v', key, 'r', key)}`;
  await session.execute(
    `insert into ${dialect.identifier(log.table)} (batch, op, ${quoted(dialect, key)}) select distinct ${log.batch}, 'U', ${quoted(dialect, key, 'r.')} from ${dialect.scratchTable('rewritten')} r where not exists (${logged})`,
  );
}
