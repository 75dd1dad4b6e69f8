/** Strategy `append`: rows of an append-only source are added once, never touched again. */
import type { RowCounts } from '../load/apply.js';
import { quoted } from '../load/sql.js';
import { cutDelta, dropDelta } from './delta.js';
import { deltaUpstream } from './merge.js';
import { dropRows, queryRows } from './rows.js';
import { runTable } from './table.js';
import { type ModelWork, renderDelta, targetColumns } from './work.js';

export async function runAppend(work: ModelWork): Promise<RowCounts> {
  if (work.action !== 'update') return runTable(work);
  await cutDelta(work, deltaUpstream(work));
  await queryRows(work, renderDelta(work));
  const { session, engine, target } = work;
  const { dialect } = engine;
  const columns = quoted(dialect, targetColumns(work));
  const inserted = await session.execute(
    `insert into ${dialect.identifier(target.physical)} (${columns}) select ${columns} from ${dialect.scratchTable('rows')} n`,
  );
  await dropRows(work);
  await dropDelta(work);
  return { inserted, updated: 0, deleted: 0 };
}
