/**
 * What may still commit below what a read sees (design 4.1, point 2). A statement stamps NOW() when it starts, and while it
 * waits for a metadata, table or backup lock it is in no transaction yet: so first the process list, then `innodb_trx`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EtlError } from '../../errors.js';
import type { OpenWork } from '../contract.js';
import type { ResultRow } from '../types.js';
import { type Connection, identityOf, ownConnectionIds, runStatement } from './connect.js';
import { errorNumber } from './errors.js';
import { followsAnother, readReplicaLag } from './replica-lag.js';

export interface Process {
  readonly id: string;
  readonly user: string;
  readonly command: string;
  readonly seconds: number;
  readonly state: string;
  /** The statement's first 100 characters. */
  readonly text: string;
}

export interface OpenTransaction {
  readonly id: string;
  /** 0 for a prepared XA transaction that no connection holds. */
  readonly connectionId: string;
  /** UTC, cut to whole seconds by the server. */
  readonly startedAt: string;
  readonly readOnly: boolean;
  readonly state: string;
}

/** Start of a transaction about which nothing is known: before everything. */
const unknownStart = '1970-01-01 00:00:00.000000';

/**
 * Lists under one connection, one listing at a time a server: the server answers from a cache as long as it was asked within
 * the last 0.1 s. Who asks while a listing waits for its turn shares it. Without PROCESS the answer is `lookback`.
 */
export function listOpenWork(
  withOne: <T>(work: (connection: Connection) => Promise<T>) => Promise<T>,
  serverId: string,
) {
  const queue = queues.get(serverId) ?? {};
  queues.set(serverId, queue);
  const start = (): Promise<OpenWork> => {
    delete queue.next;
    const running = withOne(list).finally(() => {
      if (queue.running === running) delete queue.running;
    });
    queue.running = running;
    return running;
  };
  if (queue.running === undefined) return start();
  queue.next ??= queue.running.then(start, start);
  return queue.next;
}

const queues = new Map<string, { running?: Promise<OpenWork>; next?: Promise<OpenWork> }>();

/**
 * Start of the oldest statement that may have stamped rows, from the process list, which no cache answers. That of an open
 * transaction counts too.
 */
export async function readWaitingSince(connection: Connection): Promise<string | undefined> {
  const now = await readClock(connection);
  const processes = await listProcesses(connection);
  if (await isReplica(connection, processes)) return undefined;
  return assessOpenWork(now, processes, [], ownConnectionIds(identityOf(connection).serverId)).waitingSince;
}

async function list(connection: Connection): Promise<OpenWork> {
  const now = await readClock(connection);
  const processes = await listProcesses(connection);
  const own = ownConnectionIds(identityOf(connection).serverId);
  const replica = await isReplica(connection, processes);
  const transactions = replica ? undefined : await listTransactions(connection, now);
  if (transactions === undefined) {
    const lagSeconds = replica ? await readReplicaLag(connection) : undefined;
    const lag = lagSeconds === undefined ? {} : { lagSeconds };
    return { horizon: now, oldest: undefined, protection: 'lookback', ...lag };
  }
  return assessOpenWork(now, processes, transactions, own);
}

async function listProcesses(connection: Connection): Promise<readonly Process[]> {
  const { rows } = await runStatement(connection, 'SHOW PROCESSLIST');
  return rows.map(toProcess);
}

/** There others' transactions happen elsewhere: here only the applier is seen, and not even that while it stands still. */
async function isReplica(connection: Connection, processes: readonly Process[]): Promise<boolean> {
  const applies = processes.some((process) => process.user === 'system user' && process.command !== 'Daemon');
  return applies || followsAnother(connection);
}

/** The server's clock, UTC with microseconds. */
export async function readClock(connection: Connection): Promise<string> {
  const { rows } = await runStatement(connection, 'SELECT CAST(UTC_TIMESTAMP(6) AS CHAR) AS now');
  return String(rows[0]?.now);
}

/** Pure: the horizon of what was listed at `now`, without the connections in `own`. */
export function assessOpenWork(
  now: string,
  processes: readonly Process[],
  transactions: readonly OpenTransaction[],
  own: ReadonlySet<string>,
): OpenWork {
  const inTransaction = new Set(transactions.map(({ connectionId }) => connectionId));
  const statements = processes
    .filter((process) => !own.has(process.id) && !inTransaction.has(process.id) && mayStamp(process))
    .map(({ id, seconds, state, command }) => ({
      id: `connection ${id}`,
      // The server counts whole seconds: the statement may be up to one older than it says.
      startedAt: before(now, seconds + 1),
      state: state === '' ? command : state,
    }));
  const foreign = transactions
    .filter(({ connectionId, readOnly }) => !readOnly && !own.has(connectionId))
    .map(({ id, connectionId, startedAt, state }) => ({
      id: `transaction ${id} of connection ${connectionId}`,
      startedAt,
      state,
    }));
  const waitingSince = earliest(statements)?.startedAt;
  const oldest = earliest([...statements, ...foreign]);
  return {
    horizon: oldest?.startedAt ?? now,
    oldest: oldest && { id: oldest.id, ageSeconds: secondsBetween(oldest.startedAt, now), state: oldest.state },
    protection: 'transactions',
    ...(waitingSince === undefined ? {} : { waitingSince }),
  };
}

/** A statement that only reads is out of the way between its start and its first lock long before this age. */
const settledSeconds = 10;
const idle = ['Sleep', 'Daemon', 'Connect', 'Quit', 'Binlog Dump', 'Binlog Dump GTID'];
const reads = /^[\s(]*(?:\/\*[\s\S]*?\*\/[\s(]*)*(?:select|show|desc|describe|explain|set|use|kill)\b/i;

/**
 * True for a statement that may have stamped rows it has not written yet. A read does so only by a function it calls, and
 * then it waits for that function's tables; so a long report does not hold the watermark back.
 */
function mayStamp({ command, seconds, state, text }: Process): boolean {
  if (idle.includes(command)) return false;
  return seconds < settledSeconds || /lock|flush|wait/i.test(state) || !reads.test(text);
}

/**
 * The transactions of the server at `since` or later, or undefined where the login lacks PROCESS. The server answers from a
 * cache as long as anybody asked within the last 0.1 s; whoever filled it is in it with the text of that query. So each query
 * carries the clock, and an answer with a clock from `since` on is new enough, be it ours or another run's.
 */
async function listTransactions(
  connection: Connection,
  since: string,
): Promise<readonly OpenTransaction[] | undefined> {
  await runStatement(connection, 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  try {
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const clock = attempt === 0 ? since : await readClock(connection);
      const { rows } = await runStatement(connection, transactionList(clock));
      const filled = rows.some((row) => (filledAt.exec(String(row.text))?.[1] ?? '') >= since);
      if (filled) return await Promise.all(rows.map((row) => toTransaction(connection, row)));
      await sleep(110 + Math.random() * Math.min(2000, 100 * 1.5 ** attempt));
    }
    return [notListed];
  } catch (error) {
    if (errorNumber(error as EtlError) === 1227) return undefined;
    throw error;
  } finally {
    await runStatement(connection, 'COMMIT').catch(() => undefined);
  }
}

const mostAttempts = 40;
const filledAt = /\/\* open at ([-0-9 :.]{26}) \*\//;

/** Somebody asks the server more often than every 0.1 s and keeps it answering from its cache. */
const notListed: OpenTransaction = {
  id: '(unknown: innodb_trx is asked too often)',
  connectionId: '0',
  startedAt: unknownStart,
  readOnly: false,
  state: 'not listed',
};

/** `trx_started` is in the zone of the server's machine; in the hour that a zone has twice, the earlier of both is meant. */
function transactionList(clock: string): string {
  const started = `CONVERT_TZ(trx_started, 'SYSTEM', '+00:00')`;
  const twice = `CONVERT_TZ(${started} - INTERVAL 1 HOUR, '+00:00', 'SYSTEM') = trx_started`;
  return `SELECT /* open at ${clock} */ CAST(trx_id AS CHAR) AS id, CAST(trx_mysql_thread_id AS CHAR) AS connection,
CAST(${started} - INTERVAL IF(${twice}, 1, 0) HOUR AS CHAR) AS started, trx_is_read_only AS readonly, trx_state AS state, trx_query AS text
FROM information_schema.innodb_trx`;
}

async function toTransaction(connection: Connection, row: ResultRow): Promise<OpenTransaction> {
  const orphan = String(row.connection) === '0' && (await startedWithServer(connection, String(row.started)));
  return {
    id: String(row.id),
    connectionId: String(row.connection),
    startedAt: orphan ? unknownStart : `${String(row.started).slice(0, 19)}.000000`,
    readOnly: Number(row.readonly) === 1,
    state: String(row.state).toLowerCase(),
  };
}

/** A prepared XA transaction that outlived a restart says it began with the server; its rows may be stamped any time before. */
async function startedWithServer(connection: Connection, startedAt: string): Promise<boolean> {
  const { rows } = await runStatement(connection, `SHOW GLOBAL STATUS LIKE 'Uptime'`);
  const age = secondsBetween(startedAt, await readClock(connection));
  return age > Number(rows[0]?.Value) - 120;
}

function toProcess(row: ResultRow): Process {
  return {
    id: String(row.Id),
    user: String(row.User ?? ''),
    command: String(row.Command ?? ''),
    seconds: Math.max(0, Number(row.Time ?? 0)),
    state: String(row.State ?? ''),
    text: String(row.Info ?? ''),
  };
}

function earliest<T extends { readonly startedAt: string }>(work: readonly T[]): T | undefined {
  return work.reduce<T | undefined>(
    (found, one) => (found === undefined || one.startedAt < found.startedAt ? one : found),
    undefined,
  );
}

function before(clock: string, seconds: number): string {
  const micros = clock.slice(19);
  const moment = new Date(Date.parse(`${clock.slice(0, 19).replace(' ', 'T')}Z`) - seconds * 1000);
  return `${moment.toISOString().slice(0, 19).replace('T', ' ')}${micros}`;
}

function secondsBetween(from: string, to: string): number {
  const at = (clock: string): number => Date.parse(`${clock.slice(0, 19).replace(' ', 'T')}Z`);
  return Math.max(0, Math.round((at(to) - at(from)) / 1000));
}
