/** A MySQL or MariaDB database as a warehouse. */
import type { Knex } from 'knex';
import { EtlError } from '../../errors.js';
import type { ConnectionDefinition, Engine, Holder, Lease, OpenSettings, Warehouse } from '../contract.js';
import { refuseOldServer } from './capabilities.js';
import {
  type Connection,
  type ConnectSettings,
  closeConnection,
  identityOf,
  openConnection,
  runStatement,
} from './connect.js';
import { insertsInsteadOfFiles, requireTimezone } from './examine.js';
import { openKnex } from './knex.js';
import { acquireLease, type MysqlLease } from './lease.js';
import { type MysqlOptions, parseOptions } from './options.js';
import { dropLeftovers, recoverPublications } from './publish.js';
import { MysqlSession } from './session.js';
import { prepareWarehouseSession } from './session-settings.js';

/** A holder of the lease is dead when its heartbeat is older than this. */
const leaseTtlMs = 30_000;

/** Errors: CONNECTION, PRIVILEGE, UNSUPPORTED for a server that is too old, DEFINITION where `database` is missing. */
export async function openWarehouse(
  definition: ConnectionDefinition,
  settings: OpenSettings,
  engine: Engine,
  timing: { readonly leaseTtlMs: number } = { leaseTtlMs },
): Promise<Warehouse> {
  const options = parseOptions(definition);
  if (options.database === undefined) {
    throw new EtlError('DEFINITION', `connection '${definition.name}': a warehouse needs a database`, {
      hint: 'add `database: <name>` to the connection',
    });
  }
  const first = await openConnection(options, settings);
  const { version } = identityOf(first);
  const notices = await noticesOf(first).finally(() => closeConnection(first));
  refuseOldServer(version);
  return new MysqlWarehouse({ engine, version, notices, options, settings, ttlMs: timing.leaseTtlMs });
}

async function noticesOf(connection: Connection): Promise<readonly string[]> {
  const { rows } = await runStatement(connection, 'select @@global.local_infile as files');
  return Number(rows[0]?.files) === 1 ? [] : [insertsInsteadOfFiles];
}

interface MysqlWarehouseParts {
  readonly engine: Engine;
  readonly version: string;
  readonly notices: readonly string[];
  readonly options: MysqlOptions;
  readonly settings: OpenSettings;
  readonly ttlMs: number;
}

class MysqlWarehouse implements Warehouse {
  readonly engine: Engine;
  readonly serverVersion: string;
  readonly notices: readonly string[];
  readonly #options: MysqlOptions;
  readonly #settings: ConnectSettings;
  readonly #leaseTtlMs: number;
  readonly #knex: Knex;
  readonly #sessions = new Map<string, MysqlSession>();
  #lease: MysqlLease | undefined;

  constructor({ engine, version, notices, options, settings, ttlMs }: MysqlWarehouseParts) {
    this.engine = engine;
    this.serverVersion = version;
    this.notices = notices;
    this.#options = options;
    this.#settings = { ...settings, localInfile: true };
    this.#leaseTtlMs = ttlMs;
    this.#knex = openKnex(options, settings);
  }

  async acquire(holder: Holder): Promise<Lease> {
    this.#lease = await acquireLease(
      {
        // A heartbeat that hangs is none.
        connect: () => this.#connect({ silenceMs: leaseTtlMs }),
        connectionIds: () => [...this.#sessions.keys()],
        ttlMs: this.#leaseTtlMs,
      },
      holder,
    );
    return this.#lease;
  }

  async session(): Promise<MysqlSession> {
    const session = new MysqlSession({
      connection: await this.#connect(),
      options: this.#options,
      settings: this.#settings,
      knex: this.#knex,
      onClose: (connectionId) => this.#sessions.delete(connectionId),
    });
    this.#sessions.set(session.connectionId, session);
    // Known to the lease before it does anything: if we die, whoever takes over can end it.
    await this.#lease?.beat();
    return session;
  }

  async checkTimezone(timezone: string): Promise<void> {
    await this.#inSession((session) => requireTimezone(session, timezone));
  }

  async recover(): Promise<void> {
    await this.#inSession(async (session) => {
      await recoverPublications(session, this.#knex);
      await dropLeftovers(session, this.#knex);
    });
  }

  dropLeftovers(): Promise<void> {
    return this.#inSession((session) => dropLeftovers(session, this.#knex));
  }

  async close(): Promise<void> {
    for (const session of [...this.#sessions.values()]) await session.close();
    await this.#knex.destroy();
  }

  async #inSession<T>(work: (session: MysqlSession) => Promise<T>): Promise<T> {
    const session = await this.session();
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }

  async #connect(further: Partial<ConnectSettings> = {}): Promise<Connection> {
    const connection = await openConnection(this.#options, { ...this.#settings, ...further });
    for (const statement of prepareWarehouseSession) await runStatement(connection, statement);
    return connection;
  }
}
