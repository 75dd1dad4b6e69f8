/** Makes the plan that `run` would execute now, without taking the lease and without writing anything. */
import type { Config } from '../config/types.js';
import { emptyState } from '../journal/read.js';
import { readUsualWork, type UsualWork } from '../journal/usual-work.js';
import type { Project } from '../pipeline/types.js';
import { makePlan } from '../plan/plan.js';
import type { Plan, WarehouseState } from '../plan/types.js';
import { renderTemplate } from '../template/render.js';
import type { TemplateEnvironment } from '../template/types.js';
import { stateOf } from './changed-definitions.js';
import { asOfText } from './clock.js';
import { warehouseEngine } from './open-run.js';
import type { Selection } from './options.js';
import { type PendingPartitions, pendingPartitions } from './pending-partitions.js';
import { withSourceWarnings } from './source-warnings.js';
import { windowOf } from './step-window.js';

export interface PlanOptions {
  readonly config: Config;
  readonly project: Project;
  /** Those of the project's definitions, where they are known already. */
  readonly fingerprints?: ReadonlyMap<string, string> | undefined;
  readonly selection: Selection;
  readonly asOf?: string | undefined;
}

export interface PlannedProject {
  readonly plan: Plan;
  /** Step -> action -> what it usually takes; empty before the first run. */
  readonly usual: ReadonlyMap<string, ReadonlyMap<string, UsualWork>>;
  /** Step -> which part of its input it looks at, in words; not of steps with nothing to do. */
  readonly windows: ReadonlyMap<string, string>;
  /** Writes, by model table, its SQL over whole tables, as a rebuild runs it. */
  readonly writeSql: () => ReadonlyMap<string, readonly string[]>;
}

/** Errors: CONNECTION, WAREHOUSE_LOCKED where another process holds a DuckDB file, DEFINITION. */
export async function planProject(options: PlanOptions): Promise<PlannedProject> {
  const { config, project, fingerprints, selection } = options;
  const { engine, connection } = await warehouseEngine(config);
  const environment = { macros: project.macros, vars: config.vars, dialect: engine.dialect };
  const now = new Date();
  const asOf = options.asOf ?? asOfText(now, config.timezone);
  const warehouse = await engine.openWarehouse(connection, { timeoutMs: config.run.timeoutMs, label: 'chat-etl plan' });
  try {
    const session = await warehouse.session();
    const state = await stateOf(session, engine);
    // An empty state is that of a warehouse without a journal.
    const usual = state === emptyState ? new Map() : await readUsualWork(session, engine.dialect);
    const nowMs = now.getTime();
    const plan = makePlan({ project, config, environment, fingerprints, selection, state, asOf, nowMs });
    const pending = await pendingPartitions({ session, engine, project, state }, plan);
    await session.close();
    return {
      plan: await withSourceWarnings(plan, config, project),
      usual,
      windows: windowsOf(plan, project, state, pending),
      writeSql: () => renderModels(options, plan, environment),
    };
  } finally {
    await warehouse.close();
  }
}

function windowsOf(
  { steps }: Plan,
  project: Project,
  state: WarehouseState,
  pending: ReadonlyMap<string, PendingPartitions>,
): ReadonlyMap<string, string> {
  return new Map(
    steps.flatMap((step) => {
      const window = windowOf(step, project, state, pending.get(step.step));
      return window === undefined ? [] : [[step.step, window] as const];
    }),
  );
}

function renderModels(
  { config, project }: PlanOptions,
  plan: Plan,
  environment: TemplateEnvironment,
): ReadonlyMap<string, readonly string[]> {
  const name = environment.dialect.identifier;
  const context = { ref: name, delta: name, asOf: plan.asOf, timezone: config.timezone };
  return new Map(
    plan.steps.flatMap(({ step }) => {
      const compiled = project.models.get(step);
      return compiled === undefined
        ? []
        : [[step, [renderTemplate(compiled.template, environment, context).sql]] as const];
    }),
  );
}
