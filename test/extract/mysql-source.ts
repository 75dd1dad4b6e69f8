/** A fresh database on the test server, read through the engine; `foreign` connections are not ours to the engine. */
import { createConnection, type Connection as ForeignConnection } from 'mysql2/promise';
import type { Engine, SourceDatabase } from '../../src/engines/contract.js';
import { openSource } from '../../src/engines/mysql/source.js';
import { freshDatabase, type TestDatabase } from '../servers/database.js';

export interface MysqlSource {
  readonly server: TestDatabase;
  readonly database: SourceDatabase;
  /** A connection of somebody else. */
  foreign(): Promise<ForeignConnection>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function mysqlSource(changes: Record<string, unknown> = {}): Promise<MysqlSource> {
  const server = await freshDatabase('extract');
  const database = await openOn(server, changes);
  const others: ForeignConnection[] = [];
  return {
    server,
    database,
    foreign: async () => {
      const { host, port, user, password } = server;
      const connection = await createConnection({
        host,
        port,
        user,
        password,
        database: server.database,
        dateStrings: true,
      });
      connection.on('error', () => undefined);
      await connection.query(`set time_zone = '+00:00'`);
      others.push(connection);
      return connection;
    },
    [Symbol.asyncDispose]: async () => {
      await database.close();
      for (const connection of others) connection.destroy();
      await server.drop();
    },
  };
}

export function openOn(server: TestDatabase, changes: Record<string, unknown> = {}): Promise<SourceDatabase> {
  const connection = { name: 'oltp', type: 'mysql', root: '/', options: { ...server.options, ...changes } };
  return openSource(connection, { timeoutMs: 30_000, label: 'chat-etl test' }, {} as Engine);
}

/** Ends when the process list shows a statement with this text in a state that waits. */
export async function untilWaiting({ query }: TestDatabase, text: string): Promise<void> {
  for (;;) {
    const processes = await query('show full processlist');
    if (processes.some(({ Info, State }) => String(Info).includes(text) && /^waiting for/i.test(String(State)))) return;
  }
}
