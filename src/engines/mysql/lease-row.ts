/** The row of the lease: who holds it, whether that one lives, and the taking of it. */
import { EtlError } from '../../errors.js';
import type { Holder } from '../contract.js';
import type { ResultRow } from '../types.js';
import { type Connection, runStatement } from './connect.js';
import { classify } from './errors.js';
import type { LeaseParts } from './lease.js';

export interface LeaseRow {
  /** Digits. */
  readonly token: string;
  /** Undefined while nobody holds it. */
  readonly runId: string | undefined;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
  /** By the server's clock. */
  readonly heartbeatAgeMs: number;
  /** Of the server when the row was written, in seconds since 1970. */
  readonly serverStarted: number;
  readonly connectionIds: readonly string[];
}

export async function readLeaseRow(connection: Connection, lock = ''): Promise<LeaseRow | undefined> {
  const { rows } = await runStatement(
    connection,
    `select token, run_id, host, pid, started_at, server_started, connection_ids, timestampdiff(microsecond, heartbeat_at, utc_timestamp(6)) as age from etl_lease where name = 'warehouse'${lock}`,
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    token: String(row.token),
    runId: row.run_id === null ? undefined : String(row.run_id),
    host: String(row.host),
    pid: Number(row.pid),
    startedAt: String(row.started_at),
    heartbeatAgeMs: Number(row.age) / 1000,
    serverStarted: Number(row.server_started),
    connectionIds: String(row.connection_ids ?? '')
      .split(',')
      .filter((id) => id !== ''),
  };
}

/** Throws WAREHOUSE_LOCKED where the holder lives: its heartbeat is young, and its process is there where that can be seen. */
export function refuseLiving(row: LeaseRow | undefined, holder: Holder, ttlMs: number): void {
  if (row?.runId === undefined || row.heartbeatAgeMs >= ttlMs) return;
  if (row.host === holder.host && !processLives(row.pid)) return;
  // We have tried before, and the server went away before we could give it back.
  if (row.runId === holder.runId || ended.has(row.runId)) return;
  throw new EtlError(
    'WAREHOUSE_LOCKED',
    `run ${row.runId} holds the warehouse since ${row.startedAt} (process ${row.pid} on ${row.host})`,
    { hint: 'wait until it ends; if it died, its lease ends within half a minute' },
  );
}

/** A server that is away cannot be told that the run has ended, and one that crashes may forget it: this process knows. */
export function rememberEnd({ runId }: LeaseRow): void {
  if (runId !== undefined) ended.add(runId);
}

const ended = new Set<string>();

/** Takes the lease; the row as it is then. Errors: WAREHOUSE_LOCKED where somebody was faster. */
export async function takeLeaseRow(connection: Connection, holder: Holder, parts: LeaseParts): Promise<LeaseRow> {
  await runStatement(
    connection,
    `insert into etl_lease (name, token) values ('warehouse', 0) on duplicate key update name = 'warehouse'`,
  );
  await runStatement(connection, 'start transaction');
  try {
    refuseLiving(await readLeaseRow(connection, ' for update'), holder, parts.ttlMs);
    const started = await serverStart(connection);
    await runStatement(
      connection,
      `update etl_lease set token = token + 1, run_id = ?, host = ?, pid = ?, started_at = ?, heartbeat_at = utc_timestamp(6), server_started = ?, connection_ids = ? where name = 'warehouse'`,
      [holder.runId, holder.host, holder.pid, holder.startedAt, started, parts.connectionIds().join(',')],
    );
    const taken = await readLeaseRow(connection);
    if (taken === undefined) throw new EtlError('INTERNAL', 'the row of the lease is gone');
    await runStatement(connection, 'commit');
    ended.delete(holder.runId);
    return taken;
  } catch (error) {
    await runStatement(connection, 'rollback').catch(() => undefined);
    throw error;
  }
}

/** Kills what a dead run has left open, so that its transaction is undone and its locks are free; what is gone is gone. */
export async function killHolder(connection: Connection, row: LeaseRow): Promise<void> {
  // After a restart the same numbers are somebody else's.
  if (!isStartOf(row, await serverStart(connection))) return;
  for (const id of row.connectionIds) {
    if (!/^\d+$/.test(id)) continue;
    await runStatement(connection, `kill ${id}`).catch((thrown: unknown) => {
      // Not allowed or gone: the token protects us from it all the same.
      if (classify(thrown).code === 'CONNECTION_LOST') throw thrown;
    });
  }
}

async function serverStart(connection: Connection): Promise<number> {
  return serverStartBy(async (sql) => (await runStatement(connection, sql)).rows);
}

/** When the server was started, in seconds since 1970, from the rows that `query` gives. */
export async function serverStartBy(query: (sql: string) => Promise<readonly ResultRow[]>): Promise<number> {
  const uptime = await uptimeSecondsBy(query);
  const [clock] = await query('select unix_timestamp() as now_seconds');
  return Number(clock?.now_seconds) - uptime;
}

/** Whole seconds since the server was started. */
export async function uptimeSecondsBy(query: (sql: string) => Promise<readonly ResultRow[]>): Promise<number> {
  const [uptime] = await query(`show global status like 'Uptime'`);
  return Number(uptime?.Value);
}

/** False where the server has been restarted since the row was written. */
export function isStartOf(row: Pick<LeaseRow, 'serverStarted'>, serverStarted: number): boolean {
  return Math.abs(serverStarted - row.serverStarted) <= clockStepsSeconds;
}

/** Both are read from clocks that count whole seconds, and may be set a little meanwhile. */
const clockStepsSeconds = 5;

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
