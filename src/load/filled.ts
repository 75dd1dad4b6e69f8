/** A staging table that the rows were read into themselves: those that the source marks as deleted leave it. */
import type { Dialect, Session } from '../engines/contract.js';
import type { Source } from '../pipeline/types.js';
import type { RowCounts } from './apply.js';
import { softDeleted } from './soft-deleted.js';
import { quoted } from './sql.js';
import type { Target } from './target.js';

/** @param rows that the table holds */
export async function finishFilled(
  session: Session,
  dialect: Dialect,
  source: Source,
  { physical, columns, key }: Target,
  rows: number,
): Promise<RowCounts> {
  const deletedWhen = softDeleted(dialect, source, columns);
  if (deletedWhen === undefined) return { inserted: rows, updated: 0, deleted: 0 };
  const select = `select ${quoted(dialect, key)} from ${dialect.identifier(physical)} n where ${deletedWhen}`;
  for (const statement of dialect.createScratchTableAs('removed', select)) await session.execute(statement);
  const removed = await session.execute(dialect.deleteMatching(physical, key, dialect.scratchTable('removed'), key));
  await session.execute(dialect.dropScratchTable('removed'));
  return { inserted: rows - removed, updated: 0, deleted: 0 };
}
