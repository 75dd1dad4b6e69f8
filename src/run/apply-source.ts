/** Merges what was read of a source into its staging table. */
import { noRows, sumOf } from '../load/apply.js';
import { repairStaging } from '../load/repair.js';
import { loadStaging } from '../load/staging.js';
import { existingTarget } from '../load/target.js';
import type { StepOutcome, StepTurn } from './apply-step.js';
import { utcText } from './clock.js';
import { isContinued } from './is-continued.js';
import { purgedBefore } from './purged-before.js';
import type { SourceRead } from './read-source.js';
import { sourceReport } from './source-report.js';
import { changeLog, emptyLog, keptChanges, nextState } from './written.js';

export async function applySource(turn: StepTurn, read: SourceRead): Promise<StepOutcome> {
  const { context, session, state, targets, step, aside } = turn;
  const { source, extracted } = read;
  const began = Date.now();
  const target = targets.get(source.table) ?? (await existingTarget(session, source.table, source.key));
  const log = targets.log(source.table);
  if (target.fresh) await emptyLog(turn, log);
  const merge = {
    source,
    target,
    seenAt: utcText(context.startedAt),
    purgedBefore: purgedBefore(source, context.startedAt),
    // Whoever follows a table made anew reads it whole.
    log: target.fresh ? undefined : changeLog(turn, { target, log }),
  };
  const { whole, detected, backfilled, compared, keyed } = extracted;
  const before = state.tables.get(source.table);
  const { dialect } = context.engine;
  const isRepaired = step.compare === 'repair' && compared !== undefined && !target.fresh;
  // A repair changes further rows, which would take the place of those that are kept.
  const kept = isRepaired ? undefined : keptChanges(turn, target);
  const own = { workTable: source.table, isKeyed: keyed !== undefined, whole, detected, backfilled, kept };
  const isGuarded = isContinued(context, step, source, before);
  const merged = aside === undefined ? await loadStaging(session, dialect, { ...merge, ...own, isGuarded }) : noRows;
  const repaired = isRepaired ? await repairStaging(session, dialect, merge, compared) : noRows;
  const counts = sumOf(merged, repaired);
  return {
    report: aside?.report ?? sourceReport(context, step, read, { target, counts, mergeMs: Date.now() - began }),
    state: nextState(turn, before, counts, { target, log }),
    positions: new Map(),
  };
}
