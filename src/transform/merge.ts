/** Strategy `merge`: the rows that stem from changed upstream rows are computed again; those no longer given are removed. */

import { EtlError } from '../errors.js';
import { applyRows, type RowCounts } from '../load/apply.js';
import { onKeys } from '../load/sql.js';
import { cutDelta, dropDelta } from './delta.js';
import { dropRows, queryRows } from './rows.js';
import { runTable } from './table.js';
import { type ModelWork, renderDelta, targetColumns } from './work.js';

export async function runMerge(work: ModelWork): Promise<RowCounts> {
  if (work.action !== 'update') return runTable(work);
  const upstream = deltaUpstream(work);
  await cutDelta(work, upstream);
  await queryRows(work, renderDelta(work));
  await refuseStrayKeys(work, upstream);
  const { session, engine, target, compiled, log, kept } = work;
  const { dialect } = engine;
  const counts = await applyRows(session, dialect, {
    target: target.physical,
    columns: targetColumns(work),
    key: compiled.model.key,
    rows: dialect.scratchTable('rows'),
    deletedWhen: undefined,
    missing: {
      policy: 'delete_of_keys',
      keys: dialect.scratchTable('touched_keys'),
      keyColumns: work.keyOf(upstream),
      targetColumns: compiled.model.deltaKey,
    },
    log,
    kept,
  });
  await dropRows(work);
  await dropDelta(work);
  return counts;
}

/** The one upstream that a model reads by `delta`; the rules of the definitions see to it that there is one. */
export function deltaUpstream({ compiled }: ModelWork): string {
  const [upstream] = compiled.deltas;
  if (upstream !== undefined) return upstream;
  throw new EtlError('DEFINITION', `${compiled.model.name} reads no delta`, { where: compiled.model.where });
}

/** Removal rests on the model's key being that of its upstream row: a row outside the delta's keys shows that it is not. */
async function refuseStrayKeys(work: ModelWork, upstream: string): Promise<void> {
  const { session, engine, compiled } = work;
  const { dialect } = engine;
  const { deltaKey, name, where } = compiled.model;
  const key = work.keyOf(upstream);
  const [stray] = await session.query(
    `select ${deltaKey.map((column) => `n.${dialect.identifier(column)}`).join(', ')} from ${dialect.scratchTable('rows')} n left join ${dialect.scratchTable('touched_keys')} k on ${onKeys(dialect, 'n', deltaKey, 'k', key)} where k.${dialect.identifier(key[0] ?? '')} is null limit 1`,
  );
  if (stray === undefined) return;
  throw new EtlError(
    'DEFINITION',
    `${name}: (${deltaKey.join(', ')}) is not the key of the ${upstream} row it stems from`,
    {
      where,
      hint: `name the columns that hold (${key.join(', ')}) of ${upstream}, in this order, as \`delta_key\``,
    },
  );
}
