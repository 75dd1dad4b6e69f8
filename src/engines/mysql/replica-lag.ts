/** How far a replica is behind its primary, as far as its login may know. */
import type { ResultRow } from '../types.js';
import { type Connection, runStatement } from './connect.js';

/** MySQL before 8.0.22 and MariaDB before 10.5 know the old words alone, MySQL 8.4 and later the new ones. */
const statements = ['SHOW REPLICA STATUS', 'SHOW SLAVE STATUS'];

/**
 * Seconds that a replica is behind; of several channels the slowest. Undefined where the server is none, its applier stands
 * still, or the login may not ask (REPLICATION CLIENT, on MariaDB REPLICA MONITOR).
 */
export async function readReplicaLag(connection: Connection): Promise<number | undefined> {
  for (const statement of statements) {
    const asked = await runStatement(connection, statement).catch(() => undefined);
    if (asked === undefined) continue;
    const lags = asked.rows.map(secondsBehind).filter((lag) => lag !== undefined);
    return lags.length === 0 ? undefined : Math.max(...lags);
  }
  return undefined;
}

function secondsBehind(row: ResultRow): number | undefined {
  const seconds = row.Seconds_Behind_Source ?? row.Seconds_Behind_Master;
  return seconds === null || seconds === undefined ? undefined : Number(seconds);
}
