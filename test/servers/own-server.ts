/** A server that a test has for itself: it may be configured, filled up and killed. Needs an installed MariaDB or MySQL. */
import { createConnection } from 'mysql2/promise';
import { afterAll } from 'vitest';
import {
  installedServer,
  type PrivateServer,
  type PrivateServerOptions,
  startPrivateServer,
} from './private-server.js';

export const ownServerBinary = await installedServer();

export interface OwnServer extends PrivateServer {
  /** Options of a `type: mysql` connection: root, in a database that is there. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Runs statements one after the other, on a connection of their own; the rows of the last. */
  query(...statements: readonly string[]): Promise<Record<string, unknown>[]>;
}

/** Ends after the tests of the file. */
export async function startOwnServer(options: PrivateServerOptions = {}): Promise<OwnServer> {
  if (ownServerBinary === undefined) throw new Error('no server is installed');
  const server = await startPrivateServer(ownServerBinary, options);
  afterAll(() => server.stop());
  const login = { host: '127.0.0.1', port: server.port, user: 'root', password: '' };
  const query: OwnServer['query'] = async (...statements) => {
    const connection = await createConnection(login);
    connection.on('error', () => undefined);
    try {
      let found: Record<string, unknown>[] = [];
      for (const statement of statements) {
        const [rows] = await connection.query(statement);
        found = Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
      }
      return found;
    } finally {
      connection.destroy();
    }
  };
  await query('create database olap character set utf8mb4');
  return { ...server, query, options: { ...login, database: 'olap' } };
}
