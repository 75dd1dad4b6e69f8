/** Keys of staging that its source has no more, found once for all who ask, where all keys of the source were read. */
import type { Dialect, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { KeyFindings } from '../extract/detect-deletes.js';
import type { Source } from '../pipeline/types.js';
import { onKeys, quoted } from './sql.js';
import { aliveStaging, findUnreadKeys, readKeys } from './unread-keys.js';
import { goneTableOf, keysTableOf } from './work-tables.js';

/** What a key of text and its place in a join take, so that five million of them are within half a gigabyte. */
const bytesPerKey = 100;

/**
 * True where the warehouse has memory for all keys of a source: they are read in less time, at a third of the work of the
 * source's server, than their hashes are summed up.
 * @param memory `memoryForKeys` of its capabilities
 */
export async function areKeysInMemory(
  session: Session,
  dialect: Dialect,
  table: string,
  memory: string,
): Promise<boolean> {
  const [row] = await session.query(`select count(*) as stored, ${memory} as memory from ${dialect.identifier(table)}`);
  return Number(row?.stored) * bytesPerKey <= Number(row?.memory);
}

/**
 * Puts the keys of staging that are not among those read into the work table `goneTableOf`, flagged rows included. Each other
 * key of staging is one that was read, so that how many no read has brought is a sum; a second join would take as long as the first.
 */
export async function findGoneKeys(
  session: Session,
  dialect: Dialect,
  source: Source,
  columns: readonly Column[],
): Promise<KeyFindings> {
  const { key, table } = source;
  const goneTable = goneTableOf(table);
  const gone = dialect.workTable(goneTable);
  const read = readKeys(dialect, source, columns);
  const same = (left: string, right: string) => onKeys(dialect, left, key, right, key);
  await session.execute(dialect.dropWorkTable(goneTable));
  await session.execute(
    `create table ${gone} as select ${quoted(dialect, key, 't.')} from ${dialect.identifier(table)} t where not exists (select 1 from ${read} k where ${same('k', 't')})`,
  );
  const alive = aliveStaging(dialect, source);
  const count = (relation: string) => `(select count(*) from ${relation})`;
  const stillThere = `${count(`${alive} t`)} - ${count(`${alive} t join ${gone} g on ${same('g', 't')}`)}`;
  const [row] = await session.query(
    `select ${count(`${read} k`)} - (${stillThere}) - ${count(waitingAlone(dialect, source, read, alive))} as unread`,
  );
  // A key that the source has twice is no reason to read all again.
  const unread = Number(row?.unread) === 0 ? nothing : await findUnreadKeys(session, dialect, source, columns);
  // Nobody asks for the keys any more, and they are in memory.
  await session.execute(dialect.dropWorkTable(keysTableOf(table)));
  return { ...unread, goneTable };
}

const nothing: KeyFindings = { unread: 0 };

/** Keys that were read and are not in staging, but in the rows that wait to be merged. */
function waitingAlone(dialect: Dialect, { key, table }: Source, read: string, alive: string): string {
  const waiting = `(select distinct ${quoted(dialect, key)} from ${dialect.workTable(table)})`;
  const isIn = (relation: string, alias: string) =>
    `exists (select 1 from ${relation} ${alias} where ${onKeys(dialect, alias, key, 'w', key)})`;
  return `${waiting} w where ${isIn(read, 'k')} and not ${isIn(alive, 't')}`;
}
