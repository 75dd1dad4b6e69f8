/** A MySQL or MariaDB warehouse, in a session that the server lets write nothing. */
import type { ConnectionDefinition, OpenSettings, Reader } from '../contract.js';
import { closeConnection, openConnection, runStatement } from './connect.js';
import { examineWarehouse } from './examine.js';
import { openKnex } from './knex.js';
import { parseOptions } from './options.js';
import { MysqlSession } from './session.js';
import { prepareWarehouseSession } from './session-settings.js';

const readOnly = 'set session transaction read only';

/** Errors: CONNECTION, PRIVILEGE. */
export async function openReader(definition: ConnectionDefinition, settings: OpenSettings): Promise<Reader> {
  const options = parseOptions(definition);
  const connection = await openConnection(options, settings);
  try {
    for (const statement of prepareWarehouseSession) await runStatement(connection, statement);
    await runStatement(connection, readOnly);
  } catch (thrown) {
    await closeConnection(connection);
    throw thrown;
  }
  const knex = openKnex(options, settings);
  const session = new MysqlSession({ connection, options, settings, knex, onClose: () => undefined });
  const close = async () => {
    await session.close();
    await knex.destroy();
  };
  // A session that is read only may make no temporary tables either.
  const makingScratchTables = async <T>(work: () => Promise<T>) => {
    await session.execute('set session transaction read write');
    try {
      return await work();
    } finally {
      await session.execute(readOnly);
    }
  };
  const examine = (timezone: string) => examineWarehouse(session, options.database, timezone);
  return { session, copy: undefined, makingScratchTables, examine, close };
}
