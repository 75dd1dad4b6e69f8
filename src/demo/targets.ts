/** Databases that the demo's chat data can be written to, by connection type. */
import type { ConnectionDefinition } from '../engines/contract.js';
import type { Parameter } from '../engines/types.js';
import { EtlError } from '../errors.js';
import type { TableBatch, TableName } from './tables.js';

export interface ChatDatabase {
  /** Those of the demo's tables that are there, with or without rows. */
  existingTables(): Promise<readonly TableName[]>;
  /** Makes all tables anew, empty. */
  createTables(): Promise<void>;
  write(batch: TableBatch): Promise<void>;
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Runs a statement that changes rows; how many it changed. */
  execute(sql: string, parameters: readonly Parameter[]): Promise<number>;
  /** Runs `work`, which writes many rows, in the way that is quickest here. */
  bulk<T>(work: () => Promise<T>): Promise<T>;
  /** All that `work` does is committed, or nothing of it. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const targets: Readonly<Record<string, (connection: ConnectionDefinition) => Promise<ChatDatabase>>> = {
  duckdb: async (connection) => (await import('./write-duckdb.js')).openDuckdbChat(connection),
  mysql: async (connection) => (await import('./write-mysql.js')).openMysqlChat(connection),
};

/** Opens a chat database to write to. Errors: UNSUPPORTED for other types, and those of the database. */
export async function openChatDatabase(connection: ConnectionDefinition): Promise<ChatDatabase> {
  const open = targets[connection.type];
  if (open === undefined) {
    throw new EtlError(
      'UNSUPPORTED',
      `the demo's data cannot be written to a connection of type '${connection.type}'`,
      {
        hint: `one of: ${Object.keys(targets).join(', ')}`,
      },
    );
  }
  return open(connection);
}
