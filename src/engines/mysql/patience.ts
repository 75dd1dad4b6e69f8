/**
 * Changes of definitions that need every reader out of a table. One that waits lets no new reader in, so it waits briefly,
 * several times, and in the end says who is in the way.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { EtlError, toEtlError } from '../../errors.js';
import type { Session } from '../contract.js';
import type { ResultRow } from '../types.js';

const usual = { waitSeconds: 2, attempts: 10, pauseMs: 500 };

/** Runs a statement that locks `tables`. Errors: LOCK_TIMEOUT, which names the blocker. */
export async function executePatiently(
  session: Session,
  sql: string,
  tables: readonly string[],
  { waitSeconds, attempts, pauseMs } = usual,
): Promise<void> {
  const [row] = await session.query('select @@lock_wait_timeout as seconds');
  await session.execute(`set lock_wait_timeout = ${waitSeconds}`);
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        await session.execute(sql);
        return;
      } catch (thrown) {
        const error = toEtlError(thrown);
        if (error.code !== 'LOCK_TIMEOUT') throw error;
        if (attempt === attempts) throw await blocked(session, tables, error);
        await wait(pauseMs);
      }
    }
  } finally {
    await session.execute(`set lock_wait_timeout = ${String(row?.seconds)}`).catch(() => undefined);
  }
}

async function blocked(session: Session, tables: readonly string[], cause: EtlError): Promise<EtlError> {
  const blocker = await findBlocker(session, tables);
  return new EtlError('LOCK_TIMEOUT', `${tables.join(', ')} cannot be swapped in: ${blocker}`, {
    cause,
    sql: cause.sql,
    hint: 'the data is committed; end that connection, and the next run finishes the swap',
  });
}

async function findBlocker(session: Session, tables: readonly string[]): Promise<string> {
  const names = tables.map(() => '?').join(', ');
  const holders = `select t.processlist_id as id, t.processlist_user as login, t.processlist_host as host, t.processlist_time as seconds, t.processlist_info as statement
from performance_schema.metadata_locks m join performance_schema.threads t on t.thread_id = m.owner_thread_id
where m.object_schema = database() and m.object_name in (${names}) and m.lock_status = 'GRANTED' and t.processlist_id <> connection_id() limit 1`;
  const oldest = `select p.id, p.user as login, p.host, p.time as seconds, p.info as statement
from information_schema.innodb_trx x join information_schema.processlist p on p.id = x.trx_mysql_thread_id
where p.id <> connection_id() order by x.trx_started limit 1`;
  // The first needs performance_schema, the second PROCESS; a guess from the oldest transaction is better than nothing.
  const [known] = await session.query(holders, tables).catch(() => []);
  if (known !== undefined) return `${describeBlocker(known)} holds it`;
  const [guess] = await session.query(oldest).catch(() => []);
  return guess === undefined ? 'another connection holds it' : `probably ${describeBlocker(guess)} holds it`;
}

function describeBlocker(row: ResultRow): string {
  const state = row.statement === null ? 'idle in a transaction' : `running ${String(row.statement).slice(0, 80)}`;
  return `connection ${String(row.id)} (${String(row.login)}@${String(row.host)}, ${state} for ${String(row.seconds)} s)`;
}
