/** Brings one model up to date, as its upstreams now are. */
import type { RowCounts } from '../load/apply.js';
import { changeLogOf } from '../load/sql.js';
import { existingTarget, type Target } from '../load/target.js';
import { keyOf } from '../pipeline/keys.js';
import type { CompiledModel } from '../pipeline/types.js';
import { heededColumns } from '../plan/changes.js';
import type { Decision } from '../plan/decide.js';
import type { Position, StepAction } from '../plan/types.js';
import { renderTemplate } from '../template/render.js';
import { transformModel } from '../transform/transform.js';
import type { StepOutcome, StepTurn } from './apply-step.js';
import { utcText } from './clock.js';
import { decideNow } from './decide-now.js';
import { emptyReport } from './step-report.js';
import { changeLog, emptyLog, keptChanges, nextState, type Written } from './written.js';

export async function applyModel(turn: StepTurn): Promise<StepOutcome> {
  const { context, session, state, step } = turn;
  const compiled = modelOf(turn);
  const startedAt = new Date();
  const decided = decideNow(context, state, compiled, step);
  const decision = isIncomplete(turn, compiled) ? wholeAgain(decided) : decided;
  if (decision.action === 'skip') {
    return {
      report: { ...emptyReport(step, 'skip', startedAt), status: 'skipped', reasons: decision.reasons },
      state: undefined,
      positions: new Map(),
    };
  }
  const { aside } = turn;
  if (aside === undefined) {
    context.emit({ type: 'step-started', step: step.step, action: decision.action, at: startedAt.toISOString() });
  }
  const key = compiled.model.key;
  const target = turn.targets.get(step.step) ?? (await existingTarget(session, step.step, key));
  const log = turn.targets.log(step.step) ?? (context.logged.has(step.step) ? await logTarget(turn) : undefined);
  const counts = await transform(turn, compiled, { target, log }, decision.action);
  const before = state.tables.get(step.step);
  const isView = compiled.model.strategy === 'view';
  return {
    report: {
      ...emptyReport(step, decision.action, aside === undefined ? startedAt : new Date(aside.report.startedAt)),
      reasons: decision.reasons,
      durationMs: (aside?.report.durationMs ?? 0) + Date.now() - startedAt.getTime(),
      rowsInserted: counts.inserted,
      rowsUpdated: counts.updated,
      rowsDeleted: counts.deleted,
    },
    state: nextState(turn, before, counts, { target, log }, compiled.usesAsOf ? context.asOf : undefined),
    positions: isView ? new Map() : consumed(turn),
  };
}

/** True where the rows lack what they must hold, whatever else has changed: the table was gone, or has got new columns. */
function isIncomplete({ targets, step }: StepTurn, { model }: CompiledModel): boolean {
  const target = targets.get(step.step);
  return model.strategy !== 'view' && (target?.fresh === true || target?.widened === true);
}

function wholeAgain(decision: Decision): Decision {
  if (decision.action === 'build' || decision.action === 'rebuild') return decision;
  return { action: 'rebuild', condition: 'always', reasons: ['its table is new or has new columns'] };
}

async function transform(
  turn: StepTurn,
  compiled: CompiledModel,
  { target, log }: Written,
  action: StepAction,
): Promise<RowCounts> {
  const { context, session, state, targets, step } = turn;
  if (target.fresh) await emptyLog(turn, log);
  return transformModel({
    engine: context.engine,
    session,
    compiled,
    action,
    target,
    batch: context.batch,
    physical: targets.physical,
    positions: state.positions.get(step.step) ?? new Map(),
    isAhead: (table) => isAhead(turn, table),
    keyOf: (table) => keyOf(context.project, table),
    keepsDeleted: (table) => context.project.sources.get(table)?.deletedRows === 'keep',
    heeds: (table) => heededColumns(compiled, table),
    log: changeLog(turn, { target, log }),
    kept: keptChanges(turn, target),
    backfill: context.selection.backfill,
    render: (names) =>
      renderTemplate(compiled.template, context.environment, {
        ...names,
        asOf: context.asOf,
        timezone: context.config.timezone,
      }),
    startedAt: utcText(context.clock()),
  });
}

function isAhead({ state, step }: StepTurn, table: string): boolean {
  const consumed = state.positions.get(step.step)?.get(table)?.batch ?? 0;
  return (state.tables.get(table)?.changedBatch ?? 0) > consumed;
}

function logTarget({ session, step }: StepTurn): Promise<Target> {
  return existingTarget(session, changeLogOf(step.step), []);
}

/** The upstreams as this step has now consumed them: up to and including this batch. */
function consumed({ context, state, step }: StepTurn): ReadonlyMap<string, Position> {
  return new Map(
    step.upstreams.map((upstream) => [
      upstream,
      { batch: context.batch, fingerprint: state.tables.get(upstream)?.fingerprint ?? '' },
    ]),
  );
}

function modelOf({ context, step }: StepTurn): CompiledModel {
  const compiled = context.project.models.get(step.step);
  if (compiled === undefined) throw new Error(`no model is called ${step.step}`);
  return compiled;
}
