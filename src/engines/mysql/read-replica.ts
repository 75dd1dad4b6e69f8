/** A replica as a source: what is open is listed on its primary, and the replica is read once it has all that was not. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenWork } from '../source-contract.js';
import { type Connection, identityOf, runStatement } from './connect.js';
import { listOpenWork } from './open-work.js';
import type { WithOne } from './pool.js';
import { readReplicaLag } from './replica-lag.js';

const longestCatchUpSeconds = 60;
/** MySQL takes a commit off the list of transactions a moment before it puts it into its set of GTIDs. */
const commitPauseMs = 100;

/**
 * `openWork` of the primary, once the replica has applied whatever the primary had committed by then.
 * `lookback`, and late, where that takes more than a minute, or half of `timeoutMs`, or the servers keep no GTIDs.
 * @param timeoutMs bound on a statement
 */
export async function listOnPrimary(primary: WithOne, replica: WithOne, timeoutMs: number): Promise<OpenWork> {
  const { serverId } = await primary(async (connection) => identityOf(connection));
  const open = await listOpenWork(primary, serverId);
  await sleep(commitPauseMs);
  const position = await primary(committedPosition);
  const caughtUp = position !== '' && (await replica((connection) => waitFor(connection, position, timeoutMs)));
  if (caughtUp) return open;
  const lagSeconds = await replica(readReplicaLag);
  return { ...open, protection: 'lookback', isLate: true, ...(lagSeconds === undefined ? {} : { lagSeconds }) };
}

/** Empty where what is committed now gets no GTID; a server that has given them up still tells those that it gave before. */
async function committedPosition(connection: Connection): Promise<string> {
  if (!(await givesGtids(connection))) return '';
  const variable = identityOf(connection).mariadb ? '@@global.gtid_binlog_pos' : '@@global.gtid_executed';
  const { rows } = await runStatement(connection, `SELECT ${variable} AS position`);
  return String(rows[0]?.position ?? '');
}

async function givesGtids(connection: Connection): Promise<boolean> {
  if (identityOf(connection).mariadb) return true;
  const { rows } = await runStatement(connection, 'SELECT @@global.gtid_mode AS mode');
  return rows[0]?.mode === 'ON';
}

/** MySQL refuses to wait where the replica's own mode is `OFF`. */
async function waitFor(connection: Connection, position: string, timeoutMs: number): Promise<boolean> {
  if (!(await givesGtids(connection))) return false;
  const wait = identityOf(connection).mariadb ? 'MASTER_GTID_WAIT' : 'WAIT_FOR_EXECUTED_GTID_SET';
  const seconds = Math.max(1, Math.min(longestCatchUpSeconds, Math.floor(timeoutMs / 2000)));
  const { rows } = await runStatement(connection, `SELECT ${wait}(?, ${seconds}) AS late`, [position]);
  return Number(rows[0]?.late) === 0;
}
