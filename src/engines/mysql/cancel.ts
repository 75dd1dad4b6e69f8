/** Stops statements, on the server too. */
import type { OpenSettings } from '../contract.js';
import { type Connection, closeConnection, identityOf, openConnection, runStatement } from './connect.js';
import type { MysqlOptions } from './options.js';
import { endsWithin, socketOf, unansweredOn } from './silence.js';

/** What the server may take to undo a statement that was cancelled. */
export const undoTimeoutMs = 30_000;

/** Stops what a connection is running, on the server too, from a connection of its own. Never throws. */
export async function killQuery(options: MysqlOptions, settings: OpenSettings, connectionId: string): Promise<void> {
  const killer = await openConnection(options, { ...settings, timeoutMs: 10_000 }).catch(() => undefined);
  if (killer === undefined) return;
  await runStatement(killer, `KILL QUERY ${connectionId}`).catch(() => undefined);
  await closeConnection(killer);
}

/** As `killQuery`, of a connection of ours: it is given up where the server could not be told. Never throws. */
export async function cancelStatement(
  connection: Connection,
  options: MysqlOptions,
  settings: OpenSettings,
): Promise<void> {
  const answer = unansweredOn(connection);
  // After a restart of the server the number of a lost connection may be somebody else's.
  if (answer === undefined || socketOf(connection).destroyed) return;
  await killQuery(options, settings, identityOf(connection).connectionId);
  if (!(await endsWithin(answer, undoTimeoutMs))) socketOf(connection).destroy();
}
