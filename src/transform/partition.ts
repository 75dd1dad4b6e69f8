/** Strategy `partition`: the partitions that changes concern are computed again, all others are left alone. */
import { EtlError } from '../errors.js';
import { applyRows, noRows, type RowCounts } from '../load/apply.js';
import type { Partitioning } from '../pipeline/types.js';
import type { Rendered } from '../template/types.js';
import { type DirtyPartitions, type DirtyTableWork, findDirty, isDirty } from './dirty.js';
import { dropRows, queryRows } from './rows.js';
import { runTable } from './table.js';
import { type ModelWork, type RenderWork, renderWhole, targetColumns } from './work.js';

export async function runPartition(work: ModelWork): Promise<RowCounts> {
  const { partition } = work.compiled.model;
  if (work.action !== 'update' || partition === undefined) return runTable(work);
  const dirty = await findDirty(work, partition, renderWhole(work).dirtyBefore);
  if (dirty.count === 0) return noRows;
  await queryRows(work, renderDirty(work, dirty));
  await refuseStrayPartitions(work, partition, dirty);
  const { session, engine, target, compiled, log, kept } = work;
  const { dialect } = engine;
  const counts = await applyRows(session, dialect, {
    target: target.physical,
    columns: targetColumns(work),
    key: compiled.model.key,
    rows: dialect.scratchTable('rows'),
    deletedWhen: undefined,
    missing: {
      policy: 'delete_where',
      condition: isDirty(work, dirty, `t.${dialect.identifier(partition.by)}`, 0),
    },
    log,
    kept,
  });
  await dropRows(work);
  return counts;
}

/** The model's SQL limited to the partitions in the table of dirty ones. */
export function renderDirty(work: RenderWork & DirtyTableWork, dirty: Pick<DirtyPartitions, 'hasNull'>): Rendered {
  const name = (table: string) => work.engine.dialect.identifier(work.physical(table));
  return work.render({
    ref: name,
    delta: name,
    dirty: (expression, before) => isDirty(work, dirty, expression, before),
  });
}

/** A row outside the dirty partitions shows that the SQL reads more than it was to, or less: neither may be published. */
async function refuseStrayPartitions(work: ModelWork, partition: Partitioning, dirty: DirtyPartitions): Promise<void> {
  const { session, engine, compiled } = work;
  const { dialect } = engine;
  const by = `n.${dialect.identifier(partition.by)}`;
  const inside = isDirty(work, dirty, by, 0);
  const [stray] = await session.query(
    `select ${by} as value from ${dialect.scratchTable('rows')} n where case when ${inside} then 0 else 1 end = 1 limit 1`,
  );
  if (stray === undefined) return;
  const { name, where } = compiled.model;
  throw new EtlError(
    'DEFINITION',
    `${name} gives rows of ${partition.by} = ${String(stray.value)}, a partition that is not dirty`,
    { where, hint: `limit the rows it gives by {{dirty "…"}} on the column that becomes ${partition.by}` },
  );
}
