/** What the stages of one run share. */
import type { Config } from '../config/types.js';
import type { Engine, Lease, Warehouse } from '../engines/contract.js';
import type { Problem } from '../errors.js';
import type { LoggedColumns } from '../load/change-log.js';
import type { Project } from '../pipeline/types.js';
import type { PlanRequest } from '../plan/plan.js';
import type { Plan } from '../plan/types.js';
import type { TemplateEnvironment } from '../template/types.js';
import type { EventSink, StepReport } from './events.js';
import type { LiveState } from './live-state.js';
import type { OpenedEarly } from './opened-early.js';
import type { RunDatabases, Selection } from './options.js';

export interface RunContext {
  readonly config: Config;
  readonly project: Project;
  readonly selection: Selection;
  readonly engine: Engine;
  readonly warehouse: Warehouse;
  readonly lease: Lease;
  readonly environment: TemplateEnvironment;
  readonly plan: Plan;
  /** Tables whose changes are logged. */
  readonly logged: ReadonlyMap<string, LoggedColumns>;
  /** What is committed. */
  readonly state: LiveState;
  readonly runId: string;
  readonly batch: number;
  readonly trigger: string;
  readonly startedAt: Date;
  readonly asOf: string;
  readonly clock: () => Date;
  /** Those of the config's connections where undefined. */
  readonly databases: RunDatabases | undefined;
  readonly openedEarly: OpenedEarly;
  /** Aborts on a cancelled run and on a lost lease. */
  readonly signal: AbortSignal;
  readonly emit: EventSink;
  /** Steps that have come to an end, in the order they did. */
  readonly reports: StepReport[];
  /** What is to be said of the run as a whole. */
  readonly warnings: Problem[];
}

/** The request by which the plan was made, with the state as it stands now. */
export function planRequest(context: RunContext, state: LiveState): PlanRequest {
  const { project, config, environment, selection, asOf, startedAt } = context;
  return { project, config, environment, selection, state, asOf, nowMs: startedAt.getTime() };
}
