/**
 * Where a run is to build new models, it first computes what its transaction would only give a name: the staging of first
 * loads, and new models over tables whose rows the transaction does not change, into tables that no reader sees. A database
 * may read rows of its own transaction slower, and models are read by models.
 */
import type { KeyedTable, Session } from '../engines/contract.js';
import { toEtlError, withDetails } from '../errors.js';
import { prepareTarget } from '../load/target.js';
import type { CompiledModel } from '../pipeline/types.js';
import type { PlanStep } from '../plan/types.js';
import { requireContract } from '../transform/contract.js';
import { describeModelSql } from '../transform/model-sql.js';
import { fillTable } from '../transform/rows.js';
import type { RunContext } from './context.js';
import type { StepReport } from './events.js';
import { renderUnder } from './prepare-stage.js';
import { inCancellableSession, type SourceRead } from './read-source.js';
import { sourceReport } from './source-report.js';
import { stageAside } from './stage-aside.js';
import { emptyReport } from './step-report.js';

/** A step that is done but for the name of its table, and told to be. */
export interface BuiltAside {
  readonly filled: KeyedTable;
  readonly report: StepReport;
}

/** Table -> its rows, of the steps that can be done aside. Errors: as of `stageAside` and `fillTable`, with the step's name. */
export async function buildAside(
  context: RunContext,
  reads: ReadonlyMap<string, SourceRead>,
): Promise<ReadonlyMap<string, BuiltAside>> {
  const built = new Map<string, BuiltAside>();
  const { engine, plan, signal, emit } = context;
  if (!engine.capabilities.readsOwnRowsSlower || !plan.steps.some((step) => isNewModel(context, step))) return built;
  emit({ type: 'stage', stage: 'transform' });
  return inCancellableSession(context, async (session) => {
    const relations = await session.relations();
    for (const step of plan.steps.filter(({ step: table }) => !relations.has(table))) {
      signal.throwIfAborted();
      const one = await buildStep({ context, session, reads, built }, step);
      if (one === undefined) continue;
      built.set(step.step, one);
      emit({ type: 'step-finished', report: one.report });
    }
    return built;
  });
}

interface Work {
  readonly context: RunContext;
  readonly session: Session;
  readonly reads: ReadonlyMap<string, SourceRead>;
  readonly built: ReadonlyMap<string, BuiltAside>;
}

/** A history has rows of its own making, and a view none. */
function isNewModel({ state, project }: RunContext, { kind, step }: PlanStep): boolean {
  const strategy = project.models.get(step)?.model.strategy;
  return kind === 'model' && !state.tables.has(step) && strategy !== 'view' && strategy !== 'snapshot';
}

async function buildStep(work: Work, step: PlanStep): Promise<BuiltAside | undefined> {
  const { context, reads } = work;
  try {
    const read = reads.get(step.step);
    if (read !== undefined) return await stageSource(work, step, read);
    const compiled = context.project.models.get(step.step);
    return compiled && isNewModel(context, step) ? await buildModel(work, step, compiled) : undefined;
  } catch (thrown) {
    context.signal.throwIfAborted();
    const error = toEtlError(thrown);
    // In the transaction tables have the names that such an error should tell.
    if (error.code === 'MODEL_SQL') return undefined;
    throw withDetails(error, { step: step.step, where: context.project.sources.get(step.step)?.where });
  }
}

async function stageSource(
  { context, session }: Work,
  step: PlanStep,
  read: SourceRead,
): Promise<BuiltAside | undefined> {
  const isFirstLoad = read.extracted.whole && !context.state.tables.has(step.step);
  if (!isFirstLoad) return undefined;
  const began = Date.now();
  const { filled, target, counts } = await stageAside(context, session, read);
  return { filled, report: sourceReport(context, step, read, { target, counts, mergeMs: Date.now() - began }) };
}

async function buildModel(work: Work, step: PlanStep, compiled: CompiledModel): Promise<BuiltAside | undefined> {
  const { context, session } = work;
  const { engine, emit } = context;
  const { model } = compiled;
  const settled = await settledTables(work, step.upstreams);
  if (settled === undefined) return undefined;
  const startedAt = new Date();
  const rendered = renderUnder(context, compiled, (table) => settled.get(table) ?? table);
  const columns = await describeModelSql(session, engine, model, rendered);
  requireContract(model, columns);
  emit({ type: 'step-started', step: step.step, action: step.action, at: startedAt.toISOString() });
  const { key, where } = model;
  const name = engine.dialect.keyedTable(model.table);
  const request = { name, columns, key, owned: true, onIncompatible: 'replace', where } as const;
  const rows = await fillTable({ session, engine, compiled }, await prepareTarget(session, engine, request), rendered);
  const durationMs = Date.now() - startedAt.getTime();
  const report = { ...emptyReport(step, step.action, startedAt), durationMs, rowsInserted: rows };
  return { filled: { table: name, rows }, report };
}

/** Table -> the name under which its rows are committed; undefined where the transaction may change those of one of them. */
async function settledTables(
  { context: { plan, state }, session, built }: Work,
  tables: readonly string[],
): Promise<ReadonlyMap<string, string> | undefined> {
  const settled = new Map<string, string>();
  for (const table of tables) {
    const isPlanned = plan.steps.some(({ step }) => step === table);
    const isUntouched = !isPlanned && state.tables.has(table);
    const isTable = isUntouched && (await session.columns(table))?.kind === 'table';
    const name = built.get(table)?.filled.table ?? (isTable ? table : undefined);
    if (name === undefined) return undefined;
    settled.set(table, name);
  }
  return settled;
}
