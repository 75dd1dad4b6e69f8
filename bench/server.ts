/** The database server of the benchmark: a MariaDB of its own in a temporary folder, big enough to hold all rows in memory. */
import { type Connection, createConnection } from 'mysql2/promise';
import { installedServer, startPrivateServer } from '../test/servers/private-server.js';

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface Server {
  readonly login: Login;
  readonly version: string;
  /** Runs statements one after the other; the rows of the last. */
  query(...statements: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  stop(): Promise<void>;
}

/** @param memoryGb what all rows take. Errors: that no MariaDB is installed. */
export async function startServer(memoryGb = 1): Promise<Server> {
  const binary = await installedServer();
  if (binary === undefined || !binary.endsWith('mariadbd')) {
    throw new Error('the benchmark needs MariaDB on the PATH (Debian, Ubuntu: apt-get install mariadb-server)');
  }
  const memory = `--innodb-buffer-pool-size=${memoryGb}G`;
  const settings = [memory, '--innodb-log-file-size=1G', '--character-set-server=utf8mb4'];
  const started = await startPrivateServer(binary, { settings });
  const connected = await connectServer({ host: '127.0.0.1', port: started.port, user: 'root', password: '' });
  const stop = async () => {
    await connected.stop();
    await started.stop();
  };
  return { ...connected, stop };
}

/** A server that is there already; `stop` leaves it running. */
export async function connectServer(login: Login): Promise<Server> {
  const connection: Connection = await createConnection({
    ...login,
    charset: 'utf8mb4',
    dateStrings: true,
    supportBigNumbers: true,
  });
  const query: Server['query'] = async (...statements) => {
    let found: readonly Readonly<Record<string, unknown>>[] = [];
    for (const statement of statements) {
      const [rows] = await connection.query(statement);
      found = Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    }
    return found;
  };
  const [about] = await query("set time_zone = '+00:00'", 'select version() as version');
  return { login, version: String(about?.version), query, stop: async () => connection.destroy() };
}
