/** Tables that runs have made and no definition names any more: found, and removed under the lease. */
import { hostname } from 'node:os';
import type { Config } from '../config/types.js';
import type { Dialect, Lease, RelationKind, Session } from '../engines/contract.js';
import { forgetTable } from '../journal/forget-table.js';
import { ensureJournal } from '../journal/migrations.js';
import { lastSuccess, readTableStates } from '../journal/read.js';
import type { StepSuccess } from '../journal/types.js';
import { changeLogOf, dirtyTableOf } from '../load/sql.js';
import type { Project } from '../pipeline/types.js';
import { inSession, newRunId, warehouseEngine } from './open-run.js';

export interface GoneTable {
  readonly table: string;
  /** Undefined where only its notes are left. */
  readonly kind: RelationKind | undefined;
  readonly rows: number;
  /** When a run last brought it up to date, as far as the journal goes back. */
  readonly lastSuccess: StepSuccess | undefined;
}

/** What the journal knows as made by runs, apart from what the project defines; in the order of their names. */
export async function findGoneTables(
  session: Session,
  dialect: Dialect,
  project: Pick<Project, 'order'>,
): Promise<readonly GoneTable[]> {
  const states = await readTableStates(session, dialect);
  const successes = await lastSuccess(session, dialect);
  const names = [...states.keys()].filter((table) => !project.order.includes(table)).sort();
  const found: GoneTable[] = [];
  for (const table of names) {
    const kind = (await session.columns(table))?.kind;
    const rows = kind === 'table' ? await countRows(session, dialect, table) : 0;
    found.push({ table, kind, rows, lastSuccess: successes.get(table) });
  }
  return found;
}

async function countRows(session: Session, dialect: Dialect, table: string): Promise<number> {
  const [row] = await session.query(`select count(*) as n from ${dialect.identifier(table)}`);
  return Number(row?.n ?? 0);
}

/**
 * Removes those of `tables` that are gone indeed, with their change logs and notes; who is killed in between finds the rest
 * with the next call. Errors: WAREHOUSE_LOCKED while a run is at work, those of the database.
 */
export async function removeGoneTables(
  config: Config,
  project: Pick<Project, 'order'>,
  tables: readonly string[],
): Promise<readonly GoneTable[]> {
  const { engine, connection } = await warehouseEngine(config);
  const startedAt = new Date();
  const runId = newRunId(startedAt);
  const warehouse = await engine.openWarehouse(connection, {
    timeoutMs: config.run.timeoutMs,
    label: `chat-etl ${runId}`,
  });
  let lease: Lease | undefined;
  try {
    lease = await warehouse.acquire({ runId, pid: process.pid, host: hostname(), startedAt: startedAt.toISOString() });
    await warehouse.recover();
    return await inSession(warehouse, async (session) => {
      await ensureJournal(session, engine.dialect);
      const gone = (await findGoneTables(session, engine.dialect, project)).filter(({ table }) =>
        tables.includes(table),
      );
      await session.begin();
      for (const one of gone) await remove(session, engine.dialect, one);
      await lease?.assertHeld(session);
      await session.commit();
      return gone;
    });
  } finally {
    await lease?.release().catch(() => undefined);
    await warehouse.close();
  }
}

async function remove(session: Session, dialect: Dialect, { table, kind }: GoneTable): Promise<void> {
  if (kind !== undefined) await session.execute(kind === 'view' ? dialect.dropView(table) : dialect.dropTable(table));
  for (const beside of [changeLogOf(table), dirtyTableOf(table)]) await session.execute(dialect.dropTable(beside));
  await forgetTable(session, dialect, table);
}
