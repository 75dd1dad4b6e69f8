/** Opens databases for commands that only look. */
import type { Config } from '../config/types.js';
import type { ConnectionDefinition, Dialect, Engine, Reader, Session, SourceDatabase } from '../engines/contract.js';
import { loadEngine } from '../engines/registry.js';
import { EtlError } from '../errors.js';
import { say } from './common.js';

/** Gives `work` a session of the warehouse and closes all again. */
export async function withWarehouse<T>(
  config: Config,
  work: (session: Session, dialect: Dialect) => Promise<T>,
): Promise<T> {
  const connection = connectionOf(config, config.run.into);
  const engine = await loadEngine(connection.type);
  const warehouse = await engine.openWarehouse(connection, settings(config));
  try {
    const session = await warehouse.session();
    try {
      return await work(session, engine.dialect);
    } finally {
      await session.close();
    }
  } finally {
    await warehouse.close();
  }
}

/**
 * Gives `work` a session that can only read, and closes it again. While a run holds a DuckDB file, that of its copy for
 * readers, which is said. Errors: CONNECTION where there is no warehouse yet, WAREHOUSE_LOCKED.
 */
export async function withReader<T>(
  config: Config,
  work: (session: Session, engine: Engine, reader: Reader) => Promise<T>,
): Promise<T> {
  const connection = connectionOf(config, config.run.into);
  const engine = await loadEngine(connection.type);
  const reader = await engine.openReader(connection, settings(config));
  if (reader.copy !== undefined) say(`! a run holds the warehouse: this is from its copy ${reader.copy}`);
  try {
    return await work(reader.session, engine, reader);
  } finally {
    await reader.close();
  }
}

/** Opens a source's connection by its name; the caller closes it. */
export async function openSourceConnection(config: Config, name: string): Promise<SourceDatabase> {
  const connection = connectionOf(config, name);
  return (await loadEngine(connection.type)).openSource(connection, settings(config));
}

function connectionOf(config: Config, name: string): ConnectionDefinition {
  const connection = config.connections[name];
  if (connection === undefined) throw new EtlError('DEFINITION', `no connection is called '${name}'`);
  return connection;
}

function settings(config: Config) {
  return { timeoutMs: config.run.timeoutMs, label: 'chat-etl' };
}
