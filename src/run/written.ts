/** What a step writes to, and the state that its table has afterwards. */
import type { ChangeLog, RowCounts } from '../load/apply.js';
import { nextLogSince, notedIn } from '../load/change-log.js';
import type { KeptChanges } from '../load/kept-changes.js';
import type { Target } from '../load/target.js';
import { columnsOfRowTests, isPointedAt } from '../pipeline/row-tests.js';
import type { TableState } from '../plan/types.js';
import type { StepTurn } from './apply-step.js';

export interface Written {
  readonly target: Target;
  readonly log: Target | undefined;
}

export function changeLog({ context, step }: StepTurn, { target, log }: Written): ChangeLog | undefined {
  if (log === undefined) return undefined;
  const { values = [] } = context.logged.get(step.step) ?? {};
  return { table: log.physical, batch: context.batch, values, noted: notedIn(log, target) };
}

/** Only of tables whose tests, or tests against them, can do with what has changed. */
export function keptChanges(
  { context: { project }, targets, step }: StepTurn,
  target: Target,
): KeptChanges | undefined {
  const names = target.columns.map(({ name }) => name);
  const columns = columnsOfRowTests(project, step.step, names);
  const isWanted = columns.length > 0 || isPointedAt(project, step.step);
  return isWanted && !target.fresh ? targets.keep(step.step, columns) : undefined;
}

/** A table made anew has no changes to tell: its consumers read it whole. */
export async function emptyLog({ context, session }: StepTurn, log: Target | undefined): Promise<void> {
  if (log !== undefined && !log.fresh) {
    await session.execute(`delete from ${context.engine.dialect.identifier(log.physical)}`);
  }
}

export function nextState(
  { context, step }: StepTurn,
  before: TableState | undefined,
  counts: RowCounts,
  { target, log }: Written,
  asOf?: string,
): TableState | undefined {
  const isChanged = target.fresh || counts.inserted + counts.updated + counts.deleted > 0;
  const { fingerprint } = step;
  if (before !== undefined && !isChanged && before.fingerprint === fingerprint && before.asOf === asOf) {
    return before.logSince === undefined && log !== undefined ? { ...before, logSince: context.batch } : undefined;
  }
  return {
    fingerprint,
    rebuiltBatch: target.fresh ? context.batch : (before?.rebuiltBatch ?? context.batch),
    changedBatch: isChanged ? context.batch : (before?.changedBatch ?? context.batch),
    asOf,
    logSince:
      isChanged || log === undefined
        ? nextLogSince(before, context.batch, { log, fresh: target.fresh })
        : before?.logSince,
  };
}
