/** A warehouse in a DuckDB file. */
import { rmSync } from 'node:fs';
import { version } from '@duckdb/node-api';
import { EtlError, toEtlError } from '../../errors.js';
import type { ConnectionDefinition, Engine, Holder, Lease, OpenSettings, Warehouse } from '../contract.js';
import { AttachedFiles } from './attached-files.js';
import { connect, type OpenFile, openToWrite } from './connect.js';
import { dialect, workDatabase } from './dialect.js';
import { classify } from './errors.js';
import { forgetHolder, nameHolder, takeLease } from './lease.js';
import { parseOptions } from './options.js';
import { DuckdbSession } from './session.js';

/** Opens the file, made with its folders where there is none. Errors: CONNECTION, DEFINITION, WAREHOUSE_LOCKED. */
export async function openWarehouse(
  engine: Engine,
  connection: ConnectionDefinition,
  settings: OpenSettings,
): Promise<Warehouse> {
  const options = parseOptions(connection);
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
  return new DuckdbWarehouse(engine, file, settings);
}

class DuckdbWarehouse implements Warehouse {
  readonly engine: Engine;
  readonly serverVersion = `DuckDB ${version()}`;
  readonly notices = [];
  readonly #file: OpenFile;
  readonly #settings: OpenSettings;
  readonly #attachedFiles = new AttachedFiles();
  readonly #sessions = new Set<DuckdbSession>();
  #holder: Holder | undefined;

  constructor(engine: Engine, file: OpenFile, settings: OpenSettings) {
    this.engine = engine;
    this.#file = file;
    this.#settings = settings;
  }

  async acquire(holder: Holder): Promise<Lease> {
    const lease = takeLease(this.#file.path, holder);
    this.#holder = holder;
    return lease;
  }

  async session(): Promise<DuckdbSession> {
    const session = new DuckdbSession({
      connection: await connect(this.#file),
      settings: this.#settings,
      attachedFiles: this.#attachedFiles,
      onClose: (closed) => this.#sessions.delete(closed),
    });
    this.#sessions.add(session);
    return session;
  }

  async checkTimezone(timezone: string): Promise<void> {
    const session = await this.session();
    try {
      await session.query("select timezone(?, timezone('UTC', timestamp '2024-01-01 00:00:00'))", [timezone]);
    } catch (thrown) {
      throw new EtlError('UNSUPPORTED', `DuckDB knows no time zone '${timezone}'`, {
        cause: thrown,
        hint: 'name a zone of the IANA list, e.g. Europe/Berlin',
      });
    } finally {
      await session.close();
    }
  }

  /** A killed run leaves nothing in the file, DuckDB sees to that; beside it, its name and what it had spilled to disk. */
  async recover(): Promise<void> {
    forgetHolder(this.#file.path, this.#holder);
    rmSync(`${this.#file.path}.tmp`, { recursive: true, force: true });
  }

  /** Only the work tables, which are in memory, outlive a run's transaction. */
  async dropLeftovers(): Promise<void> {
    const session = await this.session();
    try {
      const select = 'select table_name as name from duckdb_tables() where database_name = ?';
      for (const { name } of await session.query(select, [workDatabase])) {
        await session.execute(dialect.dropWorkTable(String(name)));
      }
    } finally {
      await session.close();
    }
  }

  /** The file is free for other processes after this. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.close()));
    this.#file.release();
  }
}
