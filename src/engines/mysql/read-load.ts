/** How busy a server is, for those that want to read it politely. */
import type { ServerLoad } from '../source-contract.js';
import { type Connection, identityOf, ownConnectionIds, runStatement } from './connect.js';
import { readReplicaLag } from './replica-lag.js';

/**
 * The server counts a statement as running while its reader takes nothing: our own would keep a limit passed for as long as
 * they wait for it.
 */
export async function readLoad(connection: Connection): Promise<ServerLoad> {
  const { rows: status } = await runStatement(connection, `SHOW GLOBAL STATUS LIKE 'Threads_running'`);
  const { rows: processes } = await runStatement(connection, 'SHOW PROCESSLIST');
  const own = ownConnectionIds(identityOf(connection).serverId);
  const ownRunning = processes.filter(({ Id, Command }) => own.has(String(Id)) && Command !== 'Sleep').length;
  return {
    threadsRunning: Math.max(0, Number(status[0]?.Value ?? 0) - ownRunning),
    lagSeconds: await readReplicaLag(connection),
  };
}
