/** A warehouse of its own for a test, with a second look at it from outside. */
import { onTestFinished } from 'vitest';
import type { Engine, Session, Warehouse } from '../../../src/engines/contract.js';
import { engine } from '../../../src/engines/mysql/index.js';
import { openWarehouse } from '../../../src/engines/mysql/warehouse.js';
import { packRows } from '../../../src/engines/rows.js';
import type { Cell, Column, ColumnType, RowBatch } from '../../../src/engines/types.js';
import { freshDatabase, type TestDatabase } from '../../servers/database.js';

export interface Lab {
  readonly database: TestDatabase;
  readonly engine: Engine;
  readonly warehouse: Warehouse;
  /** Another process's view of the same database, as far as one process can have it. */
  open(leaseTtlMs?: number): Promise<Warehouse>;
  session(): Promise<Session>;
}

export async function openLab(leaseTtlMs = 30_000): Promise<Lab> {
  const database = await freshDatabase('warehouse');
  const opened: Warehouse[] = [];
  const open = async (ttlMs = 30_000) => {
    const definition = { name: 'olap', type: 'mysql', root: '/', options: database.options };
    const settings = { timeoutMs: 60_000, label: 'chat-etl run 41' };
    const warehouse = await openWarehouse(definition, settings, engine, { leaseTtlMs: ttlMs });
    opened.push(warehouse);
    return warehouse;
  };
  onTestFinished(async () => {
    await Promise.all(opened.map((warehouse) => warehouse.close()));
    await database.drop();
  });
  const warehouse = await open(leaseTtlMs);
  return { database, engine, warehouse, open, session: () => warehouse.session() };
}

export function column(name: string, type: ColumnType, nullable = true): Column {
  return { name, type, nullable };
}

export const bigint: ColumnType = { kind: 'integer', bits: 64, unsigned: false };
export const text: ColumnType = { kind: 'text' };

export async function* batchesOf(...batches: readonly (readonly (readonly Cell[])[])[]): AsyncGenerator<RowBatch> {
  for (const rows of batches) yield packRows(rows, rows.length);
}

export function me(runId: string) {
  return { runId, pid: process.pid, host: 'here', startedAt: '2024-03-01 10:00:00.000000' };
}
