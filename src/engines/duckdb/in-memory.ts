/** A DuckDB without a file, in which definitions are tried on empty tables. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Session } from '../contract.js';
import { classify } from './errors.js';
import { DuckdbSession } from './session.js';

export interface InMemory {
  readonly session: Session;
  close(): Promise<void>;
}

export const settings = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  errors_as_json: 'true',
  threads: '1',
};

/** @param timeoutMs bound on one statement */
export async function openInMemory(timeoutMs: number): Promise<InMemory> {
  const instance = await DuckDBInstance.create(':memory:', settings);
  let connection: DuckDBConnection;
  try {
    connection = await instance.connect();
    await connection.run("set TimeZone = 'UTC'");
  } catch (thrown) {
    instance.closeSync();
    throw classify(thrown);
  }
  const session = new DuckdbSession({ connection, settings: { timeoutMs, label: 'chat-etl validate' } });
  return {
    session,
    close: async () => {
      await session.close();
      instance.closeSync();
    },
  };
}
