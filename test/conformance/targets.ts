/** The warehouses that the conformance suite runs on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, OpenSettings, Session, Warehouse } from '../../src/engines/contract.js';
import { loadEngine } from '../../src/engines/registry.js';
import { packRows } from '../../src/engines/rows.js';
import type { Cell, Column, ColumnType, ResultRow, RowBatch } from '../../src/engines/types.js';
import { freshDatabase } from '../servers/database.js';

export interface Target {
  readonly engine: Engine;
  readonly warehouse: Warehouse;
  remove(): Promise<void>;
}

export const settings: OpenSettings = { timeoutMs: 60_000, label: 'chat-etl conformance' };

/** By the engine's name: opens an empty warehouse of its own. */
export const targets: readonly (readonly [string, (settings?: OpenSettings) => Promise<Target>])[] = [
  ['duckdb', openDuckdb],
  ['mysql', openMysql],
];

async function openDuckdb(using = settings): Promise<Target> {
  const root = mkdtempSync(join(tmpdir(), 'chat-etl-conformance-'));
  const engine = await loadEngine('duckdb');
  const options = { path: 'warehouse.duckdb' };
  const warehouse = await engine.openWarehouse({ name: 'olap', type: 'duckdb', options, root }, using);
  return {
    engine,
    warehouse,
    remove: async () => {
      await warehouse.close();
      rmSync(root, { recursive: true });
    },
  };
}

async function openMysql(using = settings): Promise<Target> {
  const database = await freshDatabase('conformance');
  const engine = await loadEngine('mysql');
  const connection = { name: 'olap', type: 'mysql', options: database.options, root: '.' };
  const warehouse = await engine.openWarehouse(connection, using);
  return {
    engine,
    warehouse,
    remove: async () => {
      await warehouse.close();
      await database.drop();
    },
  };
}

/** A session that is closed when the work has ended. */
export async function inSession<T>({ warehouse }: Target, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await warehouse.session();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

export function column(name: string, type: ColumnType, nullable = true): Column {
  return { name, type, nullable };
}

export const bigint: ColumnType = { kind: 'integer', bits: 64, unsigned: false };
export const integer: ColumnType = { kind: 'integer', bits: 32, unsigned: false };
export const text: ColumnType = { kind: 'text' };
export const timestamp: ColumnType = { kind: 'timestamp' };

/** The rows in batches of two, as a source gives them. */
export async function* batchesOf(rows: readonly (readonly Cell[])[]): AsyncGenerator<RowBatch> {
  for (let start = 0; start < rows.length; start += 2) yield packRows(rows.slice(start, start + 2), 100);
}

/** Creates a published table and fills it through a work table, as a first load does. */
export async function createFilled(
  { engine: { dialect } }: Target,
  session: Session,
  table: string,
  columns: readonly Column[],
  key: readonly string[],
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  const list = columns.map(({ name }) => dialect.identifier(name)).join(', ');
  await session.load(table, columns, batchesOf(rows));
  await session.execute(dialect.createTable(table, columns, key));
  await session.execute(
    `insert into ${dialect.identifier(table)} (${list}) select ${list} from ${dialect.workTable(table)}`,
  );
  await session.execute(dialect.dropWorkTable(table));
}

/** A table's rows in the order of its first column, as arrays. */
export async function rowsOf(session: Session, table: string): Promise<readonly (readonly unknown[])[]> {
  return arrays(await session.query(`select * from ${table} order by 1`));
}

export function arrays(rows: readonly ResultRow[]): readonly (readonly unknown[])[] {
  return rows.map((row) => Object.values(row));
}
