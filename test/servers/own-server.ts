/** A server that a test has for itself: it may be configured, filled up and killed. Needs an installed MariaDB or MySQL. */
import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll } from 'vitest';
import {
  installedServer,
  type PrivateServer,
  type PrivateServerOptions,
  startPrivateServer,
} from './private-server.js';

export const ownServerBinary = await installedServer();

export interface OwnServer extends PrivateServer {
  /** Runs statements one after the other, on a connection that is opened again after a kill; the rows of the last. */
  query(...statements: readonly string[]): Promise<Record<string, unknown>[]>;
}

/** Ends after the tests of the file. */
export async function startOwnServer(options: PrivateServerOptions = {}): Promise<OwnServer> {
  if (ownServerBinary === undefined) throw new Error('no server is installed');
  const server = await startPrivateServer(ownServerBinary, options);
  afterAll(() => server.stop());
  const login = { host: '127.0.0.1', port: server.port, user: 'root', password: '' };
  let connection: Promise<Connection> | undefined;
  const connect = async () => {
    const opened = await createConnection(login);
    opened.on('error', () => {
      connection = undefined;
    });
    return opened;
  };
  const query: OwnServer['query'] = async (...statements) => {
    connection ??= connect();
    let found: Record<string, unknown>[] = [];
    for (const statement of statements) {
      const [rows] = await (await connection).query(statement);
      found = Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    }
    return found;
  };
  return { ...server, query };
}
