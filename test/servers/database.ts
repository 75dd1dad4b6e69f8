/** An empty database on the tests' MySQL-compatible server. */
import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { inject } from 'vitest';

export interface TestDatabase {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Options of a `type: mysql` ConnectionDefinition. */
  readonly options: Record<string, unknown>;
  /**
   * Runs one statement, always on the same connection (UTC), one after the other: transactions and session variables hold.
   * Dates, decimals and integers beyond 2^53 arrive as text.
   */
  query(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/**
 * The server of the worker that runs this test: each has its own, since what is open on a server concerns all its databases.
 * Undefined where none was started.
 */
function testServerUrl(): string | undefined {
  const urls = inject('testServerUrls');
  return urls?.[(Number(process.env.VITEST_POOL_ID) - 1) % urls.length];
}

/** A new database with a name of its own, utf8mb4; on the tests' server unless `url` names another. The caller drops it. */
export async function freshDatabase(prefix = 'test', url = testServerUrl()): Promise<TestDatabase> {
  if (url === undefined) throw new Error('no test server was started: import test/servers/database.js statically');
  const server = loginOf(url);
  const database = `${prefix}_${randomBytes(5).toString('hex')}`;
  const connection = await createConnection({
    ...server,
    charset: 'utf8mb4',
    dateStrings: true,
    supportBigNumbers: true,
  });
  connection.on('error', () => {
    // A test may have killed it; the next query says so.
  });
  await connection.query("set time_zone = '+00:00', lock_wait_timeout = 30");
  await connection.query(`create database ${database} character set utf8mb4`);
  await connection.query(`use ${database}`);
  return {
    ...server,
    database,
    options: { ...server, database },
    query: async (sql, params) => {
      const [rows] = await connection.query(sql, params);
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    },
    drop: async () => {
      // A connection of its own: a test may have killed the other one, or left a transaction open on it.
      connection.destroy();
      const last = await createConnection(server);
      await last.query('set lock_wait_timeout = 30');
      await last.query(`drop database if exists ${database}`);
      await last.end();
    },
  };
}

function loginOf(text: string): Pick<TestDatabase, 'host' | 'port' | 'user' | 'password'> {
  const url = new URL(text);
  return {
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}
