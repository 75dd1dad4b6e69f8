/**
 * Runs note rows outside of the tables too: samples of failing rows, values of dirty partitions. Where a table loses rows, or
 * columns of them are erased, such notes about it and what stands on it are forgotten in the same transaction.
 */
import type { Session } from '../engines/contract.js';
import { clearSamples } from '../journal/write.js';
import { dirtyTableOf } from '../load/sql.js';
import type { Project } from '../pipeline/types.js';
import type { StepOutcome } from './apply-step.js';
import type { RunContext } from './context.js';
import type { StepReport } from './events.js';
import type { Targets } from './targets.js';

export async function forgetLostRows(
  { engine, project }: RunContext,
  session: Session,
  targets: Targets,
  outcomes: readonly StepOutcome[],
): Promise<void> {
  const { dialect } = engine;
  const tables = tablesOfLostRows(
    project,
    outcomes.map(({ report }) => report),
  );
  if (tables.length === 0) return;
  await clearSamples(session, dialect, tables);
  for (const table of tables) {
    if (project.models.get(table)?.model.partition === undefined) continue;
    const dirty = targets.physical(dirtyTableOf(table));
    if ((await session.columns(dirty)) === undefined) continue;
    await session.execute(`delete from ${dialect.identifier(dirty)}`);
  }
}

/** The tables that steps took rows out of, or may have erased some in, and all that stand on them. */
export function tablesOfLostRows(
  project: Pick<Project, 'order' | 'upstreams' | 'sources' | 'models'>,
  reports: readonly Pick<StepReport, 'step' | 'rowsDeleted' | 'rowsUpdated'>[],
): readonly string[] {
  const byStep = new Map(reports.map((report) => [report.step, report]));
  const erasing = new Set<string>();
  const found = new Set<string>();
  for (const table of project.order) {
    const upstreams = project.upstreams.get(table) ?? [];
    const erase = project.sources.get(table)?.erase ?? project.models.get(table)?.model.erase ?? [];
    if (erase.length > 0 || upstreams.some((upstream) => erasing.has(upstream))) erasing.add(table);
    const { rowsDeleted = 0, rowsUpdated = 0 } = byStep.get(table) ?? {};
    const loses = rowsDeleted > 0 || (rowsUpdated > 0 && erasing.has(table));
    if (loses || upstreams.some((upstream) => found.has(upstream))) found.add(table);
  }
  return [...found];
}
