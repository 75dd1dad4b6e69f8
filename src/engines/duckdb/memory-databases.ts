/** Databases in memory, made and dropped in milliseconds inside of one DuckDB: for what is tried and not kept. */
import { type DuckDBConnection, DuckDBInstance, version } from '@duckdb/node-api';
import type { Engine, Lease, OpenSettings, Session, SourceDatabase, Warehouse } from '../contract.js';
import { AttachedFiles } from './attached-files.js';
import { dialect, workDatabase } from './dialect.js';
import { classify } from './errors.js';
import { settings as instanceSettings } from './in-memory.js';
import { LongRows } from './long-rows.js';
import { DuckdbSession } from './session.js';
import { DuckdbSource } from './source.js';
import { dropWorkTables, inSession, requireTimezone } from './warehouse.js';

/** A database in memory. */
export interface MemoryDatabase {
  /** Quoted. */
  readonly name: string;
  session(settings: OpenSettings): Promise<Session>;
  asSource(settings: OpenSettings): SourceDatabase;
  /** All warehouses of the same `MemoryDatabases` share their work tables: one run at a time. */
  asWarehouse(settings: OpenSettings): Warehouse;
  /** With all its tables, once its sessions are closed. */
  drop(): Promise<void>;
}

export class MemoryDatabases {
  readonly #engine: Engine;
  readonly #instance: DuckDBInstance;
  /** Databases come and go on this one. */
  readonly #main: DuckDBConnection;
  #count = 0;

  private constructor(engine: Engine, instance: DuckDBInstance, main: DuckDBConnection) {
    this.#engine = engine;
    this.#instance = instance;
    this.#main = main;
  }

  static async open(engine: Engine): Promise<MemoryDatabases> {
    const instance = await DuckDBInstance.create(':memory:', instanceSettings);
    try {
      const main = await instance.connect();
      await main.run("set global TimeZone = 'UTC'");
      await main.run(`attach ':memory:' as ${workDatabase}`);
      return new MemoryDatabases(engine, instance, main);
    } catch (thrown) {
      instance.closeSync();
      throw classify(thrown);
    }
  }

  /** A new database: with the tables and rows of another one, or without any. */
  async create(template?: MemoryDatabase): Promise<MemoryDatabase> {
    this.#count += 1;
    const name = dialect.identifier(`memory_${this.#count}`);
    await this.#main.run(`attach ':memory:' as ${name}`);
    if (template !== undefined) await this.#main.run(`copy from database ${template.name} to ${name}`);
    const connect = () => this.#connect(name);
    const session = async (settings: OpenSettings) => new DuckdbSession({ connection: await connect(), settings });
    return {
      name,
      session,
      asSource: (settings) => {
        const place = { serverId: 'memory', attachment: undefined, connect, close: () => undefined };
        return new DuckdbSource({ engine: this.#engine, settings, ...place });
      },
      asWarehouse: (settings) => new MemoryWarehouse(this.#engine, settings, connect),
      drop: async () => void (await this.#main.run(`detach ${name}`)),
    };
  }

  async close(): Promise<void> {
    this.#main.closeSync();
    this.#instance.closeSync();
  }

  async #connect(database: string): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect();
    await connection.run(`use ${database}`);
    return connection;
  }
}

/** Nobody else can reach it, so its lease is a formality. */
class MemoryWarehouse implements Warehouse {
  readonly engine: Engine;
  readonly serverVersion = `DuckDB ${version()}`;
  readonly notices = [];
  readonly #settings: OpenSettings;
  readonly #connect: () => Promise<DuckDBConnection>;
  readonly #longRows = new LongRows();
  readonly #attachedFiles = new AttachedFiles();
  readonly #sessions = new Set<DuckdbSession>();

  constructor(engine: Engine, settings: OpenSettings, connect: () => Promise<DuckDBConnection>) {
    this.engine = engine;
    this.#settings = settings;
    this.#connect = connect;
  }

  async acquire(): Promise<Lease> {
    return { assertHeld: async () => {}, lost: new AbortController().signal, release: async () => {} };
  }

  async session(): Promise<DuckdbSession> {
    const session = new DuckdbSession({
      connection: await this.#connect(),
      settings: this.#settings,
      attachedFiles: this.#attachedFiles,
      longRows: this.#longRows,
      onClose: (closed) => this.#sessions.delete(closed),
    });
    this.#sessions.add(session);
    return session;
  }

  checkTimezone(timezone: string): Promise<void> {
    return inSession(this, (session) => requireTimezone(session, timezone));
  }

  async recover(): Promise<void> {}

  dropLeftovers(): Promise<void> {
    return inSession(this, dropWorkTables);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }
}
