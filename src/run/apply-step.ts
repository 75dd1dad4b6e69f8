/** Brings one step up to date inside a transaction: staging merged, or a model transformed. */
import type { Session } from '../engines/contract.js';
import { toEtlError, withDetails } from '../errors.js';
import { type ChangeLog, noRows, type RowCounts } from '../load/apply.js';
import { nextLogSince } from '../load/change-log.js';
import { changeLogOf } from '../load/sql.js';
import { loadStaging } from '../load/staging.js';
import { existingTarget, type Target } from '../load/target.js';
import type { CompiledModel } from '../pipeline/types.js';
import type { Decision } from '../plan/decide.js';
import { resolveModel } from '../plan/plan.js';
import type { PlanStep, Position, StepAction, TableState } from '../plan/types.js';
import { renderTemplate } from '../template/render.js';
import { transformModel } from '../transform/transform.js';
import { utcText } from './clock.js';
import { planRequest, type RunContext } from './context.js';
import type { StepReport } from './events.js';
import type { LiveState } from './live-state.js';
import type { SourceRead } from './read-source.js';
import { readWarnings } from './read-warnings.js';
import type { Targets } from './targets.js';

/** What a step has done, not yet committed. */
export interface StepOutcome {
  readonly report: StepReport;
  /** The step's new state; undefined where nothing of it moved. */
  readonly state: TableState | undefined;
  readonly positions: ReadonlyMap<string, Position>;
}

export interface StepTurn {
  readonly context: RunContext;
  readonly session: Session;
  readonly state: LiveState;
  readonly targets: Targets;
  readonly step: PlanStep;
}

/** Errors carry the step's name. The outcome is recorded in `state` for the steps after it. */
export async function applyStep(turn: StepTurn, read: SourceRead | undefined): Promise<StepOutcome> {
  const { context, step, state } = turn;
  try {
    const outcome = read === undefined ? await applyModel(turn) : await applySource(turn, read);
    if (outcome.state !== undefined) state.record(step.step, outcome.state, outcome.positions);
    return outcome;
  } catch (thrown) {
    const where = context.project.sources.get(step.step)?.where;
    throw withDetails(toEtlError(thrown), { step: step.step, where });
  }
}

async function applySource(turn: StepTurn, read: SourceRead): Promise<StepOutcome> {
  const { context, session, state, targets, step } = turn;
  const { source, extracted } = read;
  const began = Date.now();
  const target = targets.get(source.table) ?? (await existingTarget(session, source.table, source.key));
  const log = targets.log(source.table);
  if (target.fresh) await emptyLog(turn, log);
  const counts = await loadStaging(session, context.engine.dialect, {
    source,
    target,
    workTable: source.table,
    whole: extracted.whole,
    keysRead: extracted.keysRead !== undefined,
    backfilled: extracted.backfilled,
    log: changeLog(turn, log),
  });
  const before = state.tables.get(source.table);
  return {
    report: {
      ...emptyReport(step, step.action, read.startedAt),
      durationMs: read.durationMs + Date.now() - began,
      rowsRead: extracted.rows,
      rowsInserted: counts.inserted,
      rowsUpdated: counts.updated,
      rowsDeleted: counts.deleted,
      rowsUnchanged: Math.max(0, extracted.rows - counts.inserted - counts.updated),
      bytes: extracted.bytes,
      cursorFrom: extracted.record?.from,
      cursorTo: extracted.record?.seen,
      attempt: read.attempt,
      warnings: readWarnings(read, target, context.engine.capabilities),
    },
    state: nextState(turn, before, counts, { target, log }),
    positions: new Map(),
  };
}

async function applyModel(turn: StepTurn): Promise<StepOutcome> {
  const { context, session, state, step } = turn;
  const compiled = modelOf(turn);
  const startedAt = new Date();
  const settled = () => ({ pending: false, willRebuild: false });
  const decided = resolveModel(compiled, step.fingerprint, planRequest(context, state), settled);
  const decision = isIncomplete(turn, compiled) ? wholeAgain(decided) : decided;
  if (decision.action === 'skip') {
    return {
      report: { ...emptyReport(step, 'skip', startedAt), status: 'skipped', reasons: decision.reasons },
      state: undefined,
      positions: new Map(),
    };
  }
  context.emit({ type: 'step-started', step: step.step, action: decision.action, at: startedAt.toISOString() });
  const key = compiled.model.key;
  const target = turn.targets.get(step.step) ?? (await existingTarget(session, step.step, key));
  const log = turn.targets.log(step.step) ?? (context.logged.has(step.step) ? await logTarget(turn) : undefined);
  const counts = await transform(turn, compiled, { target, log }, decision.action, startedAt);
  const before = state.tables.get(step.step);
  const isView = compiled.model.strategy === 'view';
  return {
    report: {
      ...emptyReport(step, decision.action, startedAt),
      reasons: decision.reasons,
      durationMs: Date.now() - startedAt.getTime(),
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

/** What a step writes to. */
interface Written {
  readonly target: Target;
  readonly log: Target | undefined;
}

async function transform(
  turn: StepTurn,
  compiled: CompiledModel,
  { target, log }: Written,
  action: StepAction,
  startedAt: Date,
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
    keyOf: (table) => context.project.sources.get(table)?.key ?? context.project.models.get(table)?.model.key ?? [],
    log: changeLog(turn, log),
    render: (names) =>
      renderTemplate(compiled.template, context.environment, {
        ...names,
        asOf: context.asOf,
        timezone: context.config.timezone,
      }),
    startedAt: utcText(startedAt),
  });
}

function changeLog({ context, step }: StepTurn, log: Target | undefined): ChangeLog | undefined {
  if (log === undefined) return undefined;
  return { table: log.physical, batch: context.batch, values: context.logged.get(step.step) ?? [] };
}

function logTarget({ session, step }: StepTurn): Promise<Target> {
  return existingTarget(session, changeLogOf(step.step), []);
}

/** A table made anew has no changes to tell: its consumers read it whole. */
async function emptyLog({ context, session }: StepTurn, log: Target | undefined): Promise<void> {
  if (log !== undefined && !log.fresh) {
    await session.execute(`delete from ${context.engine.dialect.identifier(log.physical)}`);
  }
}

function nextState(
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

/** A report of a step that has not counted anything yet. */
export function emptyReport(step: PlanStep, action: StepAction, startedAt: Date): StepReport {
  return {
    step: step.step,
    kind: step.kind,
    pipeline: step.pipeline,
    action,
    status: 'succeeded',
    reasons: step.reasons,
    startedAt: startedAt.toISOString(),
    durationMs: 0,
    rowsRead: 0,
    rowsInserted: noRows.inserted,
    rowsUpdated: noRows.updated,
    rowsDeleted: noRows.deleted,
    rowsUnchanged: 0,
    bytes: 0,
    cursorFrom: undefined,
    cursorTo: undefined,
    attempt: 1,
    warnings: step.warnings,
    error: undefined,
  };
}
