/** A few connections used again and again, for what a source is asked beside its rows. */
import { Pool } from 'tarn';
import { type Connection, type ConnectSettings, closeConnection, connectTimeoutMs, openConnection } from './connect.js';
import { classify } from './errors.js';
import type { MysqlOptions } from './options.js';
import { socketOf } from './silence.js';

/** Lends a connection for as long as `work` takes. */
export type WithOne = <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;

export interface ConnectionPool {
  readonly withOne: WithOne;
  close(): Promise<void>;
}

/** Opens nothing before a connection is asked for. */
export function openPool(options: MysqlOptions, settings: ConnectSettings): ConnectionPool {
  const pool = new Pool<Connection>({
    create: () => openConnection(options, settings),
    validate: (connection) => !socketOf(connection).destroyed,
    destroy: closeConnection,
    min: 0,
    max: 4,
    acquireTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    propagateCreateError: true,
  });
  const acquire = () =>
    pool.acquire().promise.catch((error: unknown) => {
      throw classify(error, { isOpening: true });
    });
  return {
    async withOne(work) {
      const connection = await acquire();
      try {
        return await work(connection);
      } finally {
        pool.release(connection);
      }
    },
    close: async () => void (await pool.destroy()),
  };
}
