/** A table of a source that a warehouse on the same server can copy by itself: which one, and by what statements. */
import { randomBytes } from 'node:crypto';
import type { CopyableTable, SourceRead } from '../source-contract.js';
import type { Cell } from '../types.js';
import { type Connection, identityOf, runStatement } from './connect.js';
import { quoteName, quoteText } from './literals.js';
import { canBeginBehindKey, hasUniqueKey, type OrderedPlan, selectInOrder } from './read-plan.js';

/**
 * Undefined where a copy would not be the read to the bit, or would lock: a session of another login computes expressions
 * otherwise, and other storage engines than InnoDB lock a table that is copied.
 */
export async function copyableTable(
  connection: Connection,
  plan: OrderedPlan,
  read: SourceRead,
): Promise<CopyableTable | undefined> {
  const isPlain = read.table !== undefined && Object.keys(read.columns.add).length === 0;
  if (!isPlain || !hasUniqueKey(plan, read) || !canBeginBehindKey(plan, read)) return undefined;
  const { rows } = await runStatement(
    connection,
    `SELECT table_schema AS place, avg_row_length AS bytes FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_name = ${quoteText(read.table ?? '')} AND table_type = 'BASE TABLE' AND engine = 'InnoDB'`,
  );
  const lock = `chat-etl ${randomBytes(12).toString('hex')}`;
  const { place, bytes } = rows[0] ?? {};
  if (place === undefined || !(await isTaken(connection, lock))) return undefined;
  const relation = `${quoteName(String(place))}.${quoteName(read.table ?? '')} AS t`;
  return {
    lock: { name: lock, connectionId: identityOf(connection).connectionId },
    key: read.key,
    rowBytes: Number(bytes),
    select: (after: readonly Cell[] | undefined, limit: number) =>
      `${selectInOrder({ ...plan, relation }, read, { after })} LIMIT ${limit}`,
  };
}

/** Clusters have no such locks. */
async function isTaken(connection: Connection, lock: string): Promise<boolean> {
  const taken = await runStatement(connection, `SELECT GET_LOCK(${quoteText(lock)}, 0) AS taken`).catch(
    () => undefined,
  );
  return Number(taken?.rows[0]?.taken) === 1;
}
