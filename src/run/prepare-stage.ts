/** Makes every table, view and change log that the steps of a run will write to. */
import type { Publication, Session } from '../engines/contract.js';
import { prepareChangeLog } from '../load/change-log.js';
import { existingTarget, prepareTarget, publicationOf, type Target } from '../load/target.js';
import type { CompiledModel, Source } from '../pipeline/types.js';
import { resolveModel } from '../plan/plan.js';
import type { PlanStep, StepAction } from '../plan/types.js';
import { renderTemplate } from '../template/render.js';
import type { Rendered } from '../template/types.js';
import { prepareModel } from '../transform/prepare.js';
import type { RunContext } from './context.js';
import { planRequest } from './context.js';
import type { SourceRead } from './extract-stage.js';
import type { LiveState } from './live-state.js';

/** The targets of a run, by table, and what must be swapped in after its commit. */
export class Targets {
  readonly #targets = new Map<string, Target>();
  readonly #logs = new Map<string, Target>();
  readonly #views: Publication['views'][number][] = [];
  /** Tables that are empty, or have columns that they did not have. */
  readonly reshaped = new Set<string>();

  add(target: Target, log: Target | undefined, view: Publication['views'][number] | undefined): void {
    this.#targets.set(target.name, target);
    if (log !== undefined) this.#logs.set(target.name, log);
    if (view !== undefined) this.#views.push(view);
  }

  get(table: string): Target | undefined {
    return this.#targets.get(table);
  }

  log(table: string): Target | undefined {
    return this.#logs.get(table);
  }

  /** The name under which this run reads a table or a change log. */
  physical = (table: string): string =>
    this.#targets.get(table)?.physical ?? [...this.#logs.values()].find((log) => log.name === table)?.physical ?? table;

  publication(runId: string, grants: readonly string[]): Publication {
    const tables = publicationOf([...this.#targets.values(), ...this.#logs.values()]).filter(
      ({ name }) => !this.#views.some((view) => view.name === name),
    );
    return { runId, tables, views: this.#views, grants };
  }
}

/** Prepares one step; call it in dependency order. Errors: SCHEMA_CHANGE, MODEL_SQL. */
export async function prepareStep(
  context: RunContext,
  session: Session,
  state: LiveState,
  targets: Targets,
  step: PlanStep,
  read: SourceRead | undefined,
): Promise<void> {
  if (read !== undefined) return prepareSource(context, session, state, targets, read);
  const compiled = context.project.models.get(step.step);
  if (compiled !== undefined) return prepareModelStep(context, session, state, targets, step, compiled);
}

async function prepareSource(
  context: RunContext,
  session: Session,
  state: LiveState,
  targets: Targets,
  { source, extracted }: SourceRead,
): Promise<void> {
  const known = state.tables.has(source.table);
  const before = known && !extracted.whole ? await existingTarget(session, source.table, source.key) : undefined;
  const target =
    before ??
    (await prepareTarget(session, context.engine, {
      name: source.table,
      columns: extracted.columns,
      key: source.key,
      owned: known,
      onIncompatible: 'replace',
      where: source.where,
    }));
  await addTarget(context, session, targets, target, source);
  if (before === undefined && known) targets.reshaped.add(source.table);
}

async function prepareModelStep(
  context: RunContext,
  session: Session,
  state: LiveState,
  targets: Targets,
  step: PlanStep,
  compiled: CompiledModel,
): Promise<void> {
  const { model } = compiled;
  const outlook = (table: string) => ({ pending: true, willRebuild: targets.get(table)?.fresh === true });
  const decision = resolveModel(compiled, step.fingerprint, planRequest(context, state), outlook);
  if (decision.condition === 'always' && decision.action === 'skip') return;
  const isReshaped = step.upstreams.some((upstream) => targets.reshaped.has(upstream));
  const mustDescribe = decision.condition === 'always' || isReshaped;
  const owned = state.tables.has(model.table);
  const { target, view } = await prepareModel({
    session,
    engine: context.engine,
    compiled,
    action: mustDescribe && owned ? rebuildOr(decision.action) : decision.action,
    owned,
    replaceAllowed: context.selection.fullRefresh,
    rendered: renderUnder(context, compiled, targets.physical),
    published: renderUnder(context, compiled, (table) => table),
  });
  await addTarget(context, session, targets, target, model, view);
  if (target.fresh && owned) targets.reshaped.add(model.table);
}

/** A model that will be made whole again has its columns compared, whatever made it so. */
function rebuildOr(action: StepAction): StepAction {
  return action === 'update' || action === 'skip' ? action : 'rebuild';
}

async function addTarget(
  context: RunContext,
  session: Session,
  targets: Targets,
  target: Target,
  step: Pick<Source, 'table' | 'where' | 'key'>,
  view?: Publication['views'][number],
): Promise<void> {
  const log = context.logged.has(step.table)
    ? await prepareChangeLog(session, context.engine, { ...target, key: step.key }, step.where)
    : undefined;
  targets.add(target, log, view);
}

/** A model's SQL over whole tables, under the names that `physical` gives. */
export function renderUnder(
  context: RunContext,
  compiled: CompiledModel,
  physical: (table: string) => string,
): Rendered {
  const name = (table: string) => context.engine.dialect.identifier(physical(table));
  return renderTemplate(compiled.template, context.environment, {
    ref: name,
    delta: name,
    asOf: context.asOf,
    timezone: context.config.timezone,
  });
}
