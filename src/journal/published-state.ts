/** What is published in a warehouse, as one text: two files with the same text have the same tables, views and change logs. */
import type { Dialect, Session } from '../engines/contract.js';
import { readTableStates } from './read.js';
import { journalVersionOf, metaTable } from './tables.js';

/** Undefined where no run has ever written a journal. Runs that changed nothing leave it as it was. */
export async function publishedState(session: Session, dialect: Dialect): Promise<string | undefined> {
  if ((await journalVersionOf(session, dialect)) === undefined) return undefined;
  const appliedAt = dialect.identifier('applied_at');
  // Numbers of batches begin again in a warehouse that was made anew; when it was made tells them apart.
  const made = await session.query(
    `select cast(min(${appliedAt}) as char(26)) as ${appliedAt} from ${dialect.identifier(metaTable.name)}`,
  );
  const tables = [...(await readTableStates(session, dialect))].sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([made[0]?.applied_at, tables]);
}
