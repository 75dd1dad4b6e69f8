/** Rows of a source that no read has brought, though the mark is above them: its table was filled anew, or they were stamped late. */
import { deletedAt } from '../deleted-at.js';
import type { Dialect, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { Source } from '../pipeline/types.js';
import { live, softDeleted } from './soft-deleted.js';
import { onKeys } from './sql.js';
import { keysTableOf } from './work-tables.js';

/**
 * How many keys of the work table `keysTableOf` are in neither staging nor the rows that wait to be merged. A row that staging
 * keeps as deleted is not there: it has come back.
 */
export async function countUnreadKeys(
  session: Session,
  dialect: Dialect,
  source: Source,
  columns: readonly Column[],
): Promise<number> {
  const { key, table } = source;
  const keys = live(dialect.workTable(keysTableOf(table)), softDeleted(dialect, source, columns));
  const absent = (relation: string, condition = '') =>
    `not exists (select 1 from ${relation} t where ${onKeys(dialect, 't', key, 'k', key)}${condition})`;
  const alive = source.deletedRows === 'keep' ? ` and t.${dialect.identifier(deletedAt)} is null` : '';
  const [row] = await session.query(
    `select count(*) as unread from ${keys} k where ${absent(dialect.identifier(table), alive)} and ${absent(dialect.workTable(table))}`,
  );
  return Number(row?.unread);
}
