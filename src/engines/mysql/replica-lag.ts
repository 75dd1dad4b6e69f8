/** Whether a server is a replica, and how far it is behind its primary, as far as its login may know. */
import type { ResultRow } from '../types.js';
import { type Connection, runStatement } from './connect.js';

/** MySQL before 8.0.22 and MariaDB before 10.5 know the old words alone, MySQL 8.4 and later the new ones. */
const statements = ['SHOW REPLICA STATUS', 'SHOW SLAVE STATUS'];

/**
 * Seconds that a replica is behind; of several channels the slowest. Undefined where the server is none, its applier stands
 * still, or the login may not ask (REPLICATION CLIENT, on MariaDB REPLICA MONITOR).
 */
export async function readReplicaLag(connection: Connection): Promise<number | undefined> {
  const lags = (await replicaStatus(connection)).map(secondsBehind).filter((lag) => lag !== undefined);
  return lags.length === 0 ? undefined : Math.max(...lags);
}

/**
 * True where a server follows another one, also while its applier stands still, or lets nobody write: others' transactions
 * happen elsewhere then, and what they stamp arrives later. Asked once a connection.
 */
export function followsAnother(connection: Connection): Promise<boolean> {
  const known = following.get(connection) ?? askWhetherFollows(connection);
  following.set(connection, known);
  known.catch(() => following.delete(connection));
  return known;
}

const following = new WeakMap<Connection, Promise<boolean>>();

async function askWhetherFollows(connection: Connection): Promise<boolean> {
  const { rows } = await runStatement(
    connection,
    'SELECT @@global.read_only AS of_server, @@global.innodb_read_only AS of_engine',
  );
  const isReadOnly = Object.values(rows[0] ?? {}).some((value) => !['0', 'OFF'].includes(String(value)));
  return isReadOnly || (await replicaStatus(connection)).length > 0;
}

async function replicaStatus(connection: Connection): Promise<readonly ResultRow[]> {
  for (const statement of statements) {
    const asked = await runStatement(connection, statement).catch(() => undefined);
    if (asked !== undefined) return asked.rows;
  }
  return [];
}

function secondsBehind(row: ResultRow): number | undefined {
  const seconds = row.Seconds_Behind_Source ?? row.Seconds_Behind_Master;
  return seconds === null || seconds === undefined ? undefined : Number(seconds);
}
