/** Rows of a source that no read has brought, though the mark is above them: its table was filled anew, or they were stamped late. */
import { deletedAt } from '../deleted-at.js';
import type { Dialect, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { KeyFindings } from '../extract/detect-deletes.js';
import type { Source } from '../pipeline/types.js';
import { live, softDeleted } from './soft-deleted.js';
import { onKeys } from './sql.js';
import { keysTableOf } from './work-tables.js';

/**
 * The keys of the work table `keysTableOf` that are in neither staging nor the rows that wait to be merged. A row that staging
 * keeps as deleted is not there: it has come back.
 */
export async function findUnreadKeys(
  session: Session,
  dialect: Dialect,
  source: Source,
  columns: readonly Column[],
): Promise<KeyFindings> {
  const { key, table } = source;
  const absent = (relation: string) =>
    `not exists (select 1 from ${relation} t where ${onKeys(dialect, 't', key, 'k', key)})`;
  const id = idOfKey(source);
  const least = id === undefined ? 'null' : `min(k.${dialect.identifier(id)})`;
  const [row] = await session.query(
    `select count(*) as unread, ${least} as least from ${readKeys(dialect, source, columns)} k where ${absent(aliveStaging(dialect, source))} and ${absent(dialect.workTable(table))}`,
  );
  const found = row?.least ?? undefined;
  return { unread: Number(row?.unread), leastUnread: found === undefined ? undefined : String(found) };
}

/** The column that is cursor and key at once. */
function idOfKey({ incremental, key, columns }: Source): string | undefined {
  if (incremental?.cursor.unit !== 'id') return undefined;
  const { column } = incremental.cursor;
  const name = columns.rename[column] ?? column;
  return key.includes(name) ? name : undefined;
}

/** The keys that were read, without those of rows that the source marks as deleted. */
export function readKeys(dialect: Dialect, source: Source, columns: readonly Column[]): string {
  return live(dialect.workTable(keysTableOf(source.table)), softDeleted(dialect, source, columns));
}

/** Staging without the rows that it keeps as deleted. */
export function aliveStaging(dialect: Dialect, { table, deletedRows }: Source): string {
  const staging = dialect.identifier(table);
  return deletedRows === 'keep' ? `(select * from ${staging} where ${dialect.identifier(deletedAt)} is null)` : staging;
}
