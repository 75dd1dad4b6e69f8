/** Makes every table, view and change log that the steps of a run will write to. */
import type { KeyedTable, Session } from '../engines/contract.js';
import { prepareChangeLog } from '../load/change-log.js';
import { refuseSmaller } from '../load/lost-rows.js';
import { requireColumns, stagingColumns } from '../load/staging-columns.js';
import { stagingWarnings } from '../load/staging-warnings.js';
import { existingTarget, prepareTarget, type Target } from '../load/target.js';
import type { CompiledModel, Source } from '../pipeline/types.js';
import { resolveModel } from '../plan/plan.js';
import type { PlanStep, TableState } from '../plan/types.js';
import { renderTemplate } from '../template/render.js';
import type { Rendered } from '../template/types.js';
import { prepareDirtyTable } from '../transform/dirty.js';
import { prepareModel } from '../transform/prepare.js';
import type { RunContext } from './context.js';
import { planRequest } from './context.js';
import { decideNow } from './decide-now.js';
import { isContinued } from './is-continued.js';
import type { LiveState } from './live-state.js';
import type { SourceRead } from './read-source.js';
import type { Targets } from './targets.js';

/**
 * Prepares one step; call it in dependency order. Errors: SCHEMA_CHANGE, SOURCE_REGRESSED, MODEL_SQL.
 * @param filled becomes the step's table, where that has none
 */
export async function prepareStep(
  context: RunContext,
  session: Session,
  state: LiveState,
  targets: Targets,
  step: PlanStep,
  read: SourceRead | undefined,
  filled?: KeyedTable,
): Promise<void> {
  if (read !== undefined) return prepareSource(context, session, state, targets, step, { ...read, filled });
  const compiled = context.project.models.get(step.step);
  if (compiled !== undefined) return prepareModelStep(context, session, state, targets, step, compiled, filled);
}

/**
 * Prepares a model when its upstreams are as they will be, which shows whether anything of it will change: most models of
 * most runs need nothing. Only where DDL is part of the transaction.
 */
export async function prepareInTurn(
  context: RunContext,
  session: Session,
  state: LiveState,
  targets: Targets,
  step: PlanStep,
  { relations, filled }: { readonly relations: ReadonlySet<string>; readonly filled: KeyedTable | undefined },
): Promise<void> {
  const compiled = context.project.models.get(step.step);
  if (compiled === undefined) return;
  const { action } = decideNow(context, state, compiled, step);
  const isAsItWas = action === 'skip' && relations.has(step.step) && !step.upstreams.some(targets.isReshaped);
  if (!isAsItWas) await prepareModelStep(context, session, state, targets, step, compiled, filled);
}

async function prepareSource(
  context: RunContext,
  session: Session,
  state: LiveState,
  targets: Targets,
  step: PlanStep,
  { source, extracted, filled }: SourceRead & { readonly filled: KeyedTable | undefined },
): Promise<void> {
  const before = state.tables.get(source.table);
  // A part of the rows would make half a table of it.
  if (before !== undefined && !extracted.whole) await existingTarget(session, source.table, source.key);
  const { dialect } = context.engine;
  const continues = isContinued(context, step, source, before);
  const target = await prepareTarget(session, context.engine, {
    name: source.table,
    columns: stagingColumns(source, extracted.columns),
    key: source.key,
    owned: before !== undefined,
    onIncompatible: extracted.whole ? 'replace' : 'stop',
    widensCopy: true,
    // A column that the definition leaves out, or a reload no longer finds, goes.
    keepsGone: source.key.length > 0 && continues,
    filled: filled ?? (source.deletedRows === 'keep' ? undefined : extracted.keyed),
    carriesRows: source.deletedRows === 'keep' || source.retention !== undefined,
    anew: source.appendOnly ? anewWhen(before, step) : undefined,
    beforeReplaced: continues ? () => refuseSmaller(session, dialect, source, source.table, extracted.rows) : undefined,
    hint: `read it again as it is now: chat-etl run --reload ${source.name}`,
    where: source.where,
  });
  requireColumns(source, target);
  for (const message of stagingWarnings(source, target, context.engine.capabilities)) {
    context.emit({ type: 'warning', step: step.step, message });
  }
  await addTarget(context, session, targets, target, source);
}

/** Rows that differ since their definition does are no updates of an append-only source. */
function anewWhen(before: TableState | undefined, step: PlanStep): 'always' | 'if_widened' {
  return before !== undefined && before.fingerprint !== step.fingerprint ? 'always' : 'if_widened';
}

async function prepareModelStep(
  context: RunContext,
  session: Session,
  state: LiveState,
  targets: Targets,
  step: PlanStep,
  compiled: CompiledModel,
  filled?: KeyedTable,
): Promise<void> {
  const { model } = compiled;
  const outlook = (table: string) => ({ pending: true, willRebuild: targets.get(table)?.fresh === true });
  const decision = resolveModel(compiled, step.fingerprint, planRequest(context, state), outlook);
  const isSkipped = decision.condition === 'always' && decision.action === 'skip';
  if (isSkipped && model.strategy !== 'view') return;
  const prepared = await prepareModel({
    session,
    engine: context.engine,
    compiled,
    owned: state.tables.has(model.table),
    redefined: !isSkipped,
    filled,
    replaceAllowed: context.selection.fullRefresh,
    rendered: renderUnder(context, compiled, targets.physical),
    published: renderUnder(context, compiled, (table) => table),
  });
  if (prepared === undefined) return;
  const { target, view } = prepared;
  await addTarget(context, session, targets, target, model);
  if (view !== undefined) targets.addView(view);
  if (model.partition !== undefined) {
    const dirty = await prepareDirtyTable(session, context.engine, target, model.partition, model.where);
    targets.addCompanion(dirty);
  }
}

/** Notes a target and makes what stands beside it: its change log where it is followed. */
async function addTarget(
  context: RunContext,
  session: Session,
  targets: Targets,
  target: Target,
  step: Pick<Source, 'table' | 'where' | 'key'>,
): Promise<void> {
  targets.add(target);
  const logged = context.logged.get(step.table);
  if (logged === undefined) return;
  const keyed = { ...target, key: step.key };
  targets.addCompanion(await prepareChangeLog(session, context.engine, keyed, logged, step.where));
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
