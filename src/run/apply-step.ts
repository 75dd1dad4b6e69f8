/** Brings one step up to date inside a transaction: staging merged, or a model transformed. */
import type { Session } from '../engines/contract.js';
import { toEtlError, withDetails } from '../errors.js';
import type { PlanStep, Position, TableState } from '../plan/types.js';
import { applyModel } from './apply-model.js';
import { applySource } from './apply-source.js';
import type { BuiltAside } from './build-aside.js';
import type { RunContext } from './context.js';
import type { StepReport } from './events.js';
import type { LiveState } from './live-state.js';
import type { SourceRead } from './read-source.js';
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
  /** Where the step's table was filled before the transaction. */
  readonly aside?: BuiltAside | undefined;
}

/** Errors carry the step's name. The outcome is recorded in `state` for the steps after it. */
export async function applyStep(turn: StepTurn, read: SourceRead | undefined): Promise<StepOutcome> {
  const { context, step, state } = turn;
  try {
    const outcome = read === undefined ? await applyModel(turn) : await applySource(turn, read);
    state.record(step.step, outcome.state, outcome.positions);
    return outcome;
  } catch (thrown) {
    const where = context.project.sources.get(step.step)?.where;
    throw withDetails(toEtlError(thrown), { step: step.step, where });
  }
}
