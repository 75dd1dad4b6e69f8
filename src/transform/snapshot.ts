/**
 * Strategy `snapshot`: a history of rows (a slowly changing dimension of type 2). Open rows equal the upstream, closed rows
 * never change (but see `erase-history.ts`). A row that changed without a later `valid_from` is a correction and changes its open version in place.
 */
import type { Column } from '../engines/types.js';
import type { RowCounts } from '../load/apply.js';
import { onKeys, quoted } from '../load/sql.js';
import { cutDelta, dropDelta } from './delta.js';
import { eraseDeletedRows, eraseVersions, type Versions } from './erase-history.js';
import { dropRows, queryRows } from './rows.js';
import { type ModelWork, renderDelta, renderWhole } from './work.js';

/** The columns that a history adds to those of its query. */
export const historyColumns = { from: 'valid_from', to: 'valid_to', current: 'is_current' } as const;
const history = historyColumns;

/** The columns of the history table for those of the query: `valid_from`'s own column gives way to it. */
export function snapshotColumns(query: readonly Column[], validFrom: string): readonly Column[] {
  return [
    ...query.filter((column) => column.name !== validFrom),
    { name: history.from, type: { kind: 'timestamp' }, nullable: false },
    { name: history.to, type: { kind: 'timestamp' }, nullable: true },
    { name: history.current, type: { kind: 'boolean' }, nullable: true },
  ];
}

/** The key of the history table: one version of a row. */
export function snapshotKey(key: readonly string[]): readonly string[] {
  return [...key, history.from];
}

export async function runSnapshot(work: ModelWork): Promise<RowCounts> {
  const [upstream] = work.compiled.deltas;
  const cut = work.action === 'update' && upstream !== undefined;
  if (cut) await cutDelta(work, upstream);
  await queryRows(work, cut ? renderDelta(work) : renderWhole(work));
  await eraseDeletedRows(work, [...dataColumns(work), work.compiled.model.validFrom ?? history.from], cut);
  await findVersions(work, cut ? upstream : undefined);
  const counts = await countVersions(work);
  if (counts.inserted + counts.updated + counts.deleted > 0) {
    await logVersions(work);
    await correctRows(work);
    await closeRows(work);
    await openRows(work);
  }
  const erased = await eraseVersions(work, versionsOf(work), cut);
  await work.session.execute(work.engine.dialect.dropScratchTable('versions'));
  await dropRows(work);
  if (cut) await dropDelta(work);
  return { ...counts, updated: counts.updated + erased };
}

/** Fills `versions`: key, operation (N new, V new version, C corrected, D gone) and since when. */
async function findVersions(work: ModelWork, upstream: string | undefined): Promise<void> {
  const { session, engine, compiled, target } = work;
  const { dialect } = engine;
  const { key } = compiled.model;
  const table = dialect.identifier(target.physical);
  const firstKey = dialect.identifier(key[0] ?? '');
  const from = dialect.identifier(history.from);
  const open = `o.${dialect.identifier(history.current)}`;
  const differs = dataColumns(work)
    .filter((column) => !key.includes(column))
    .map((column) => dialect.distinct(`n.${dialect.identifier(column)}`, `o.${dialect.identifier(column)}`));
  const since = sinceOf(work);
  const select = `select ${quoted(dialect, key, 'n.')}, case when o.${firstKey} is null then 'N' when ${since} > o.${from} then 'V' else 'C' end as etl_op, ${since} as etl_since from ${dialect.scratchTable('rows')} n left join ${table} o on ${onKeys(dialect, 'o', key, 'n', key)} and ${open} where ${[`o.${firstKey} is null`, ...differs].join(' or ')}`;
  for (const statement of dialect.createScratchTableAs('versions', select)) await session.execute(statement);
  const lookedAt =
    upstream === undefined
      ? ''
      : ` join ${dialect.scratchTable('touched_keys')} k on ${onKeys(dialect, 'o', compiled.model.deltaKey, 'k', work.keyOf(upstream))}`;
  await session.execute(
    `insert into ${dialect.scratchTable('versions')} (${quoted(dialect, key)}, etl_op, etl_since) select ${quoted(dialect, key, 'o.')}, 'D', ${dialect.timestamp(work.startedAt)} from ${table} o${lookedAt} left join ${dialect.scratchTable('rows')} n on ${onKeys(dialect, 'n', key, 'o', key)} where ${open} and n.${firstKey} is null`,
  );
}

async function countVersions({ session, engine }: ModelWork): Promise<RowCounts> {
  const rows = await session.query(
    `select etl_op as op, count(*) as n from ${engine.dialect.scratchTable('versions')} group by etl_op`,
  );
  const count = (op: string) => Number(rows.find((row) => row.op === op)?.n ?? 0);
  return { inserted: count('N'), updated: count('V') + count('C'), deleted: count('D') };
}

async function logVersions({ session, engine, compiled, log }: ModelWork): Promise<void> {
  if (log === undefined) return;
  const { dialect } = engine;
  const list = quoted(dialect, compiled.model.key);
  await session.execute(
    `insert into ${dialect.identifier(log.table)} (batch, op, ${list}) select ${log.batch}, case etl_op when 'N' then 'I' when 'D' then 'D' else 'U' end, ${list} from ${dialect.scratchTable('versions')}`,
  );
}

async function correctRows(work: ModelWork): Promise<void> {
  const { dialect } = work.engine;
  const { key } = work.compiled.model;
  const table = dialect.identifier(work.target.physical);
  const { current, from, to } = quotedHistory(work);
  const select = `select ${quoted(dialect, dataColumns(work), 'n.')}, o.${from}, o.${to}, o.${current} from ${table} o join ${dialect.scratchTable('versions')} v on ${onKeys(dialect, 'v', key, 'o', key)} join ${dialect.scratchTable('rows')} n on ${onKeys(dialect, 'n', key, 'o', key)} where o.${current} and v.etl_op = 'C'`;
  await rewrite(work, select);
}

async function closeRows(work: ModelWork): Promise<void> {
  const { dialect } = work.engine;
  const { key } = work.compiled.model;
  const table = dialect.identifier(work.target.physical);
  const { current, from, to } = quotedHistory(work);
  const gone = dialect.timestamp(work.startedAt);
  const until = `case when v.etl_op = 'V' then v.etl_since when o.${from} > ${gone} then o.${from} else ${gone} end`;
  const select = `select ${quoted(dialect, dataColumns(work), 'o.')}, o.${from}, ${until} as ${to}, false as ${current} from ${table} o join ${dialect.scratchTable('versions')} v on ${onKeys(dialect, 'v', key, 'o', key)} where o.${current} and v.etl_op in ('V', 'D')`;
  await rewrite(work, select);
}

/** Puts changed versions in the place of those with the same key and start. */
async function rewrite(work: ModelWork, select: string): Promise<void> {
  const { session, engine, target } = work;
  const { dialect } = engine;
  for (const statement of dialect.createScratchTableAs('rewritten', select)) await session.execute(statement);
  const { key, columns } = versionsOf(work);
  for (const statement of dialect.upsert(target.physical, columns, key, dialect.scratchTable('rewritten'))) {
    await session.execute(statement);
  }
  await session.execute(dialect.dropScratchTable('rewritten'));
}

/**
 * A row that comes back after its removal starts no earlier than its last version ended. Where that version began in the
 * future it never held, and the new one takes its place.
 */
async function openRows(work: ModelWork): Promise<void> {
  const { dialect } = work.engine;
  const { key } = work.compiled.model;
  const { current, from, to } = quotedHistory(work);
  const ended = `select ${quoted(dialect, key, 'e.')}, max(e.${to}) as etl_ended from ${dialect.identifier(work.target.physical)} e group by ${quoted(dialect, key, 'e.')}`;
  const select = `select ${quoted(dialect, dataColumns(work), 'n.')}, case when p.etl_ended > v.etl_since then p.etl_ended else v.etl_since end as ${from}, nullif(v.etl_since, v.etl_since) as ${to}, true as ${current} from ${dialect.scratchTable('rows')} n join ${dialect.scratchTable('versions')} v on ${onKeys(dialect, 'v', key, 'n', key)} left join (${ended}) p on ${onKeys(dialect, 'p', key, 'n', key)} where v.etl_op in ('N', 'V')`;
  await rewrite(work, select);
}

/** Since when a row is as it is; a row that does not say so, since this run. */
function sinceOf(work: ModelWork): string {
  const { dialect } = work.engine;
  const column = `n.${dialect.identifier(work.compiled.model.validFrom ?? history.from)}`;
  return `coalesce(${column}, ${dialect.timestamp(work.startedAt)})`;
}

function versionsOf(work: ModelWork): Versions {
  const columns = [...dataColumns(work), history.from, history.to, history.current];
  return { key: snapshotKey(work.compiled.model.key), columns, current: history.current };
}

function dataColumns({ target }: ModelWork): readonly string[] {
  const own: readonly string[] = Object.values(history);
  return target.columns.map((column) => column.name).filter((name) => !own.includes(name));
}

function quotedHistory({ engine }: ModelWork) {
  const { dialect } = engine;
  return {
    from: dialect.identifier(history.from),
    to: dialect.identifier(history.to),
    current: dialect.identifier(history.current),
  };
}
