/** The partitions that changes in the logs make dirty already, before a run reads more. */
import type { Engine, Session } from '../engines/contract.js';
import { keyOf } from '../pipeline/keys.js';
import type { CompiledModel, Partitioning, Project } from '../pipeline/types.js';
import { heededColumns } from '../plan/changes.js';
import type { Plan, WarehouseState } from '../plan/types.js';
import { changedPartitions } from '../transform/dirty.js';

export interface PendingPartitions {
  readonly count: number;
  /** The outermost ones as texts; `NULL` where there is no other. */
  readonly lowest: string;
  readonly highest: string;
}

export interface PendingRequest {
  readonly session: Session;
  readonly engine: Engine;
  readonly project: Project;
  readonly state: WarehouseState;
}

/** Model -> its dirty partitions, before they are spread; of models that are certain to be updated. */
export async function pendingPartitions(
  request: PendingRequest,
  { steps }: Plan,
): Promise<ReadonlyMap<string, PendingPartitions>> {
  const pending = new Map<string, PendingPartitions>();
  for (const { step, action, condition } of steps) {
    const compiled = request.project.models.get(step);
    const partition = compiled?.model.partition;
    if (compiled === undefined || partition === undefined || action !== 'update' || condition !== 'always') continue;
    const found = await partitionsOf(request, compiled, partition);
    if (found !== undefined) pending.set(step, found);
  }
  return pending;
}

async function partitionsOf(
  { session, engine, project, state }: PendingRequest,
  compiled: CompiledModel,
  partition: Partitioning,
): Promise<PendingPartitions | undefined> {
  const positions = state.positions.get(compiled.model.table) ?? new Map();
  const work = {
    engine,
    session,
    physical: (table: string) => table,
    positions,
    keyOf: (table: string) => keyOf(project, table),
    heeds: (table: string) => heededColumns(compiled, table),
  };
  const selects: string[] = [];
  for (const table of Object.keys(partition.from)) {
    if ((state.tables.get(table)?.changedBatch ?? 0) <= (positions.get(table)?.batch ?? 0)) continue;
    selects.push(...(await changedPartitions(work, partition, table)));
  }
  if (selects.length === 0) return undefined;
  const [row] = await session.query(
    `select count(*) as n, min(p.v) as lowest, max(p.v) as highest from (${selects.join(' union ')}) p`,
  );
  const count = Number(row?.n ?? 0);
  return count === 0
    ? undefined
    : { count, lowest: String(row?.lowest ?? 'NULL'), highest: String(row?.highest ?? 'NULL') };
}
