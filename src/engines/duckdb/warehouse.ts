/** A warehouse in a DuckDB file. */
import { rmSync } from 'node:fs';
import { type DuckDBConnection, version } from '@duckdb/node-api';
import { EtlError, toEtlError } from '../../errors.js';
import type { ConnectionDefinition, Engine, Holder, Lease, OpenSettings, Warehouse } from '../contract.js';
import { AttachedFiles } from './attached-files.js';
import { connect, type OpenFile, openToWrite } from './connect.js';
import { dialect, workDatabase, workPrefix } from './dialect.js';
import { classify, isFatal } from './errors.js';
import { forgetHolder, nameHolder, takeLease } from './lease.js';
import { LoadingThreads } from './loading-threads.js';
import { LongRows } from './long-rows.js';
import { type DuckdbOptions, parseOptions } from './options.js';
import { DuckdbSession } from './session.js';

/** Opens the file, made with its folders where there is none. Errors: CONNECTION, DEFINITION, WAREHOUSE_LOCKED. */
export async function openWarehouse(
  engine: Engine,
  connection: ConnectionDefinition,
  settings: OpenSettings,
): Promise<Warehouse> {
  const options = parseOptions(connection);
  return new DuckdbWarehouse({ engine, options, settings, file: await openFile(options) });
}

async function openFile(options: DuckdbOptions): Promise<OpenFile> {
  const file = await openToWrite(options).catch((thrown) => {
    const error = toEtlError(thrown);
    throw error.code === 'WAREHOUSE_LOCKED' ? nameHolder(error, options.path, options.publishCopy) : error;
  });
  try {
    const first = await connect(file);
    await first.run(`attach ':memory:' as ${workDatabase}`);
    first.closeSync();
  } catch (thrown) {
    file.release();
    throw classify(thrown);
  }
  return file;
}

interface DuckdbWarehouseParts {
  readonly engine: Engine;
  readonly options: DuckdbOptions;
  readonly settings: OpenSettings;
  readonly file: OpenFile;
}

class DuckdbWarehouse implements Warehouse {
  readonly engine: Engine;
  readonly serverVersion = `DuckDB ${version()}`;
  readonly notices = [];
  readonly #options: DuckdbOptions;
  readonly #settings: OpenSettings;
  readonly #longRows = new LongRows();
  readonly #loadingThreads = new LoadingThreads();
  readonly #sessions = new Set<DuckdbSession>();
  #file: OpenFile;
  #attachedFiles = new AttachedFiles();
  #holder: Holder | undefined;
  #opening: Promise<void> | undefined;

  constructor({ engine, options, settings, file }: DuckdbWarehouseParts) {
    this.engine = engine;
    this.#options = options;
    this.#settings = settings;
    this.#file = file;
  }

  async acquire(holder: Holder): Promise<Lease> {
    const lease = takeLease(this.#file.path, holder, this.#file.checkpoints);
    this.#holder = holder;
    return lease;
  }

  async session(): Promise<DuckdbSession> {
    const session = new DuckdbSession({
      connection: await this.#connect(),
      settings: this.#settings,
      attachedFiles: this.#attachedFiles,
      longRows: this.#longRows,
      loadingThreads: this.#loadingThreads,
      onClose: (closed) => this.#sessions.delete(closed),
    });
    this.#sessions.add(session);
    return session;
  }

  /** After a fatal error DuckDB lets nobody in before the file is opened again; work tables are gone then. */
  async #connect(): Promise<DuckDBConnection> {
    try {
      return await connect(this.#file);
    } catch (thrown) {
      if (!isFatal(toEtlError(thrown))) throw thrown;
    }
    this.#opening ??= this.#openAgain().finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
    return connect(this.#file);
  }

  async #openAgain(): Promise<void> {
    await this.close();
    this.#file = await openFile(this.#options);
    this.#attachedFiles = new AttachedFiles();
  }

  checkTimezone(timezone: string): Promise<void> {
    return inSession(this, (session) => requireTimezone(session, timezone));
  }

  /** A killed run leaves tables of its first loads in the file; beside it, its name and what it had spilled to disk. */
  async recover(): Promise<void> {
    forgetHolder(this.#file.path, this.#holder);
    rmSync(`${this.#file.path}.tmp`, { recursive: true, force: true });
    await inSession(this, dropKeyedTables);
  }

  /** Only the work tables outlive a run's transaction. */
  dropLeftovers(): Promise<void> {
    return inSession(this, dropWorkTables);
  }

  /** The file is free for other processes after this. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.close()));
    this.#file.release();
  }
}

/** A session for `work` alone. */
export async function inSession(
  warehouse: { session(): Promise<DuckdbSession> },
  work: (session: DuckdbSession) => Promise<void>,
): Promise<void> {
  const session = await warehouse.session();
  try {
    await work(session);
  } finally {
    await session.close();
  }
}

/** Errors: UNSUPPORTED where DuckDB does not know the zone. */
export async function requireTimezone(session: DuckdbSession, timezone: string): Promise<void> {
  try {
    await session.query("select timezone(?, timezone('UTC', timestamp '2024-01-01 00:00:00'))", [timezone]);
  } catch (thrown) {
    throw new EtlError('UNSUPPORTED', `DuckDB knows no time zone '${timezone}'`, {
      cause: thrown,
      hint: 'name a zone of the IANA list, e.g. Europe/Berlin',
    });
  }
}

/** Drops the work tables of all sessions of a warehouse, with the database that they are in. */
export async function dropWorkTables(session: DuckdbSession): Promise<void> {
  await session.execute(`detach ${workDatabase}`);
  await session.execute(`attach ':memory:' as ${workDatabase}`);
  await dropKeyedTables(session);
}

/** Those that rows were read into by their key, and that no run came to publish. */
async function dropKeyedTables(session: DuckdbSession): Promise<void> {
  const select = `select table_name as name from duckdb_tables() where database_name = current_database() and starts_with(table_name, '${workPrefix}')`;
  for (const { name } of await session.query(select)) await session.execute(dialect.dropTable(String(name)));
}
