/** knex, for catalog and journal statements of a warehouse: it takes longer to load than all else here, and no source needs it. */
import knex, { type Knex } from 'knex';
import { type Connection, type ConnectSettings, connectTimeoutMs, driverOptions, prepareSession } from './connect.js';
import type { MysqlOptions } from './options.js';

/** Over connections of the same kind as all. */
export function openKnex(options: MysqlOptions, settings: ConnectSettings): Knex {
  return knex({
    client: 'mysql2',
    connection: driverOptions(options, settings) as unknown as Knex.MySql2ConnectionConfig,
    acquireConnectionTimeout: connectTimeoutMs,
    // Its warnings go to stdout; what they say arrives as an error anyhow.
    log: { warn: ignore, error: ignore, deprecate: ignore, debug: ignore },
    pool: {
      min: 0,
      max: 4,
      idleTimeoutMillis: 60_000,
      afterCreate: (connection: Connection, done: (error: unknown, connection: Connection) => void) => {
        prepareSession(connection, settings).then(
          () => done(undefined, connection),
          (error: unknown) => done(error, connection),
        );
      },
    },
  });
}

const ignore = (): void => undefined;
