/** Where the tables of a history are: a DuckDB file or a MySQL database of its own, which survives the processes that use it. */
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionDefinition, Engine, OpenSettings, Session, Warehouse } from '../../src/engines/contract.js';
import { workDatabase } from '../../src/engines/duckdb/dialect.js';
import { engine as duckdb } from '../../src/engines/duckdb/index.js';
import { engine as mysql } from '../../src/engines/mysql/index.js';
import { freshDatabase } from '../servers/database.js';

export interface Place {
  readonly engine: Engine;
  /** An expression for the schema of its tables. */
  readonly schema: string;
  /** False where days can only be those of UTC. */
  readonly hasZones: boolean;
  /** The warehouse; `close` gives it back. */
  open(): Promise<{ readonly warehouse: Warehouse; readonly close: () => Promise<void> }>;
  /** A session to look at the tables with, by nobody who runs anything. */
  look<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Closes the connections of a dead process, as its operating system would. */
  cut(): Promise<void>;
  /** What a dead process leaves behind is all there is from here on. */
  crash(): Promise<void>;
  drop(): Promise<void>;
}

export { duckdb, mysql };

const settings: OpenSettings = { timeoutMs: 60_000, label: 'histories' };
let files = 0;

/**
 * A DuckDB file in `folder`. It stays open from run to run, since opening one takes longer than all else; a crash goes on with a
 * copy of the file and its log as they are on the disk, which is what a killed process leaves.
 */
export function duckdbPlace(folder: string): Place {
  let path = newPath();
  let opened: Promise<Warehouse> | undefined;

  function newPath(): string {
    files += 1;
    return join(folder, `warehouse${files}.duckdb`);
  }

  function warehouse(): Promise<Warehouse> {
    const connection = { name: 'olap', type: 'duckdb', options: { path, threads: 1 }, root: folder };
    opened ??= duckdb.openWarehouse(connection, settings);
    return opened;
  }

  async function forget(): Promise<void> {
    await (await opened)?.close();
    opened = undefined;
    for (const suffix of suffixes) rmSync(path + suffix, { force: true });
  }

  return {
    engine: duckdb,
    schema: `'main'`,
    hasZones: true,
    open: async () => ({ warehouse: await warehouse(), close: async () => dropWorkTables(await warehouse()) }),
    look: async (work) => withSession(await warehouse(), work),
    cut: async () => undefined,
    crash: async () => {
      const copy = newPath();
      for (const suffix of suffixes) {
        if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
      }
      await forget();
      path = copy;
    },
    drop: forget,
  };
}

const suffixes = ['', '.wal', '.holder.json'];

/** They live in memory and end with the process. */
async function dropWorkTables(warehouse: Warehouse): Promise<void> {
  await withSession(warehouse, (session) =>
    session.execute(`detach ${workDatabase}; attach ':memory:' as ${workDatabase}`),
  );
}

async function withSession<T>(warehouse: Warehouse, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await warehouse.session();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** A database on the tests' server. */
export async function mysqlPlace(folder: string): Promise<Place> {
  const database = await freshDatabase('histories');
  const connection: ConnectionDefinition = { name: 'olap', type: 'mysql', options: database.options, root: folder };
  const opened = new Set<Warehouse>();
  const watching = await mysql.openWarehouse(connection, settings);
  const watcher = await watching.session();
  return {
    engine: mysql,
    schema: 'database()',
    hasZones: false,
    open: async () => {
      const warehouse = await mysql.openWarehouse(connection, settings);
      opened.add(warehouse);
      const close = async () => {
        opened.delete(warehouse);
        await warehouse.close();
      };
      return { warehouse, close };
    },
    look: (work) => work(watcher),
    cut: async () => {
      const [own] = await watcher.query('select connection_id() as id');
      const others = await database.query(
        'select id from information_schema.processlist where db = database() and id not in (connection_id(), ?)',
        [Number(own?.id)],
      );
      // One that is gone by now needs no end.
      for (const { id } of others) await database.query(`kill ${id}`).catch(() => undefined);
    },
    crash: async () => undefined,
    drop: async () => {
      await watching.close();
      for (const warehouse of opened) await warehouse.close().catch(() => undefined);
      await database.drop();
    },
  };
}
