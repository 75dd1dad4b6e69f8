/** Strategy `table`: the whole query, of which only the rows that differ are written. */
import { applyRows, type RowCounts } from '../load/apply.js';
import { replaceRows } from '../load/replace.js';
import { dropRows, fillTarget, queryRows } from './rows.js';
import { type ModelWork, renderWhole, targetColumns } from './work.js';

export async function runTable(work: ModelWork): Promise<RowCounts> {
  if (work.target.fresh) return { inserted: await fillTarget(work), updated: 0, deleted: 0 };
  await queryRows(work, renderWhole(work));
  const counts = await writeRows(work);
  await dropRows(work);
  return counts;
}

async function writeRows(work: ModelWork): Promise<RowCounts> {
  const { session, engine, target, compiled, log, kept } = work;
  const { dialect } = engine;
  const rows = dialect.scratchTable('rows');
  if (compiled.model.key.length === 0) {
    return replaceRows(session, dialect, target.physical, targetColumns(work), rows);
  }
  return applyRows(session, dialect, {
    target: target.physical,
    columns: targetColumns(work),
    key: compiled.model.key,
    rows,
    deletedWhen: undefined,
    missing: { policy: 'delete' },
    log,
    kept,
  });
}
