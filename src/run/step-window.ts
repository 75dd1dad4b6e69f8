/** Which part of its input a step looks at: from where a source is read, which rows or partitions of a model are computed. */
import { readFrom } from '../extract/watermark.js';
import type { Model, Partitioning, Project, Source } from '../pipeline/types.js';
import { followedTables } from '../plan/changes.js';
import type { PlanStep, Position, WarehouseState } from '../plan/types.js';
import type { PendingPartitions } from './pending-partitions.js';

/**
 * @param pending partitions that are dirty already
 * @returns in words; undefined for a step with nothing to do, and for a view
 */
export function windowOf(
  { step, action }: PlanStep,
  project: Pick<Project, 'sources' | 'models'>,
  state: WarehouseState,
  pending?: PendingPartitions,
): string | undefined {
  const source = project.sources.get(step);
  if (source !== undefined) return action === 'read' ? cursorWindow(source, state) : 'all rows';
  const compiled = project.models.get(step);
  if (compiled === undefined || action === 'skip') return undefined;
  if (action !== 'update') return compiled.model.strategy === 'view' ? undefined : 'all rows';
  const positions = state.positions.get(step);
  const soFar = pending === undefined ? '' : `: ${soFarText(pending)}`;
  return `${modelWindow(compiled.model, followedTables(compiled), positions)}${soFar}`;
}

function cursorWindow({ table, incremental }: Source, state: WarehouseState): string | undefined {
  const records = state.watermarks.get(table) ?? [];
  if (incremental === undefined) return undefined;
  const { cursor, lookback } = incremental;
  const from = readFrom(records, lookback, cursor);
  const last = records.at(-1);
  if (from === undefined || last === undefined) return 'all rows: no safe mark is known yet';
  const marks = last.safe === last.seen ? `safe ${last.safe}` : `safe ${last.safe}, seen ${last.seen}`;
  const held = last.heldBy === undefined ? '' : `, held back by ${last.heldBy}`;
  return `rows with ${cursor.column} from ${from} on (${marks}${held})`;
}

function modelWindow(
  model: Model,
  followed: readonly string[],
  positions: ReadonlyMap<string, Position> | undefined,
): string {
  const changes = followed.map((table) => `${table} since batch ${positions?.get(table)?.batch ?? 0}`).join(', ');
  if (model.partition !== undefined)
    return `partitions of ${model.partition.by} in changes of ${changes}${spreadOf(model.partition)}`;
  if (model.strategy === 'snapshot') return 'rows that differ from the current ones';
  return `rows of changes of ${changes}`;
}

function spreadOf({ spread: { before, after, unit } }: Partitioning): string {
  const sides = [before > 0 ? `${before} before` : '', after > 0 ? `${after} after` : ''].filter((side) => side !== '');
  return sides.length === 0 ? '' : `, and ${sides.join(' and ')} each (${unit})`;
}

function soFarText({ count, lowest, highest }: PendingPartitions): string {
  return count === 1 ? `so far ${lowest}` : `so far ${count}, ${lowest} to ${highest}`;
}
