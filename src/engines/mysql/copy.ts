/**
 * Fills a work table from a table of the same server, in statements of some rows each. They are committed one by one at
 * READ COMMITTED, where the select of an insert locks nothing (tried on both servers).
 */
import { toEtlError } from '../../errors.js';
import type { LoadResult, Session } from '../contract.js';
import type { CopyableTable } from '../source-contract.js';
import type { Cell, Column } from '../types.js';
import { createWorkTable, dialect } from './dialect.js';
import { quoteName as id } from './literals.js';

/** Undefined where the server refuses, or where there are zero dates, which only a read counts. See `Session.copy`. */
export async function copyTable(
  session: Session,
  name: string,
  columns: readonly Column[],
  table: CopyableTable,
  onCopied: (rows: number, bytes: number) => void,
): Promise<LoadResult | undefined> {
  if (!(await isSameServer(session, table))) return undefined;
  try {
    await session.execute(refuseZeroDates);
    return await copyRows(session, name, columns, table, onCopied);
  } catch (thrown) {
    const error = toEtlError(thrown);
    if (!refusals.includes(error.code)) throw error;
    return undefined;
  } finally {
    await session.execute('set sql_mode = @etl_sql_mode').catch(() => undefined);
  }
}

/** What a read from the snapshot may still pass: no right to the table, a zero date, somebody who waits to alter it. */
const refusals: readonly string[] = ['PRIVILEGE', 'DATABASE', 'SOURCE_DATA', 'LOCK_TIMEOUT'];

const refuseZeroDates = `set @etl_sql_mode = @@sql_mode, sql_mode = concat(@@sql_mode, ',NO_ZERO_DATE,NO_ZERO_IN_DATE')`;

/** Names, addresses and even identities of servers can be copied; a lock that is held cannot. */
async function isSameServer(session: Session, { lock }: CopyableTable): Promise<boolean> {
  const [row] = await session.query('select is_used_lock(?) as holder', [lock.name]).catch(() => []);
  return row?.holder !== null && row?.holder !== undefined && String(row.holder) === lock.connectionId;
}

async function copyRows(
  session: Session,
  name: string,
  columns: readonly Column[],
  table: CopyableTable,
  onCopied: (rows: number, bytes: number) => void,
): Promise<LoadResult> {
  const { key, rowBytes } = table;
  await session.execute(dialect.dropWorkTable(name));
  await session.execute(createWorkTable(name, columns, key));
  const list = columns.map((column) => id(column.name)).join(', ');
  const limit = pageRows(rowBytes);
  let rows = 0;
  for (let after: readonly Cell[] | undefined; ; after = await lastKey(session, name, key)) {
    const copied = await session.execute(
      `insert into ${dialect.workTable(name)} (${list}) ${table.select(after, limit)}`,
    );
    rows += copied;
    onCopied(rows, rows * rowBytes);
    if (copied < limit) return { rows, bytes: rows * rowBytes, keyed: { table: dialect.keyedTable(name), rows } };
  }
}

const pageBytes = 64 * 1024 * 1024;

function pageRows(rowBytes: number): number {
  return rowBytes > 0 ? Math.min(100_000, Math.max(1, Math.floor(pageBytes / rowBytes))) : 1_000;
}

async function lastKey(session: Session, name: string, key: readonly string[]): Promise<readonly Cell[]> {
  const order = key.map((column) => `${id(column)} desc`).join(', ');
  const [row] = await session.query(
    `select ${key.map(id).join(', ')} from ${dialect.workTable(name)} order by ${order} limit 1`,
  );
  return key.map((column) => row?.[column] ?? null);
}
