/**
 * New models over tables that are committed are computed before the run's transaction, into tables that no reader sees and
 * that become theirs in it: a database may read rows of its own transaction slower, and models are read by models.
 */
import type { KeyedTable, Session } from '../engines/contract.js';
import { prepareTarget } from '../load/target.js';
import type { CompiledModel, Source } from '../pipeline/types.js';
import type { PlanStep } from '../plan/types.js';
import { describeModelSql } from '../transform/model-sql.js';
import { fillTable } from '../transform/rows.js';
import type { RunContext } from './context.js';
import type { StepReport } from './events.js';
import { renderUnder } from './prepare-stage.js';
import { inCancellableSession, type SourceRead } from './read-source.js';
import { emptyReport } from './step-report.js';

export interface BuiltAside {
  readonly filled: KeyedTable;
  readonly report: StepReport;
}

/**
 * Model -> its rows, of those that can be built aside. One whose SQL fails is left to the transaction, in which tables have
 * the names that the error should tell. Errors: CANCELLED, by the signal.
 */
export async function buildAside(
  context: RunContext,
  reads: ReadonlyMap<string, SourceRead>,
): Promise<ReadonlyMap<string, BuiltAside>> {
  const built = new Map<string, BuiltAside>();
  const { capabilities } = context.engine;
  const steps = capabilities.readsOwnRowsSlower ? context.plan.steps.filter((step) => isNew(context, step)) : [];
  if (steps.length === 0) return built;
  context.emit({ type: 'stage', stage: 'transform' });
  return inCancellableSession(context, async (session) => {
    const relations = await session.relations();
    const settled = settledTables(context, reads, relations);
    for (const step of steps) {
      const compiled = context.project.models.get(step.step);
      if (compiled === undefined || relations.has(step.step) || !step.upstreams.every((table) => settled.has(table)))
        continue;
      context.signal.throwIfAborted();
      const one = await buildOne(context, session, step, compiled, (table) => settled.get(table) ?? table);
      if (one === undefined) continue;
      built.set(step.step, one);
      settled.set(step.step, one.filled.table);
    }
    return built;
  });
}

/** A history has rows of its own making, and a view none. */
function isNew({ state, project }: RunContext, { kind, step }: PlanStep): boolean {
  const strategy = project.models.get(step)?.model.strategy;
  return kind === 'model' && !state.tables.has(step) && strategy !== 'view' && strategy !== 'snapshot';
}

/** Table -> the name under which its rows are committed already, of those that the run's transaction leaves as they are. */
function settledTables(
  { plan, project, state }: RunContext,
  reads: ReadonlyMap<string, SourceRead>,
  relations: ReadonlySet<string>,
): Map<string, string> {
  const planned = new Set(plan.steps.map(({ step }) => step));
  const settled = new Map<string, string>();
  for (const table of state.tables.keys()) {
    const isView = project.models.get(table)?.model.strategy === 'view';
    if (!planned.has(table) && !isView && relations.has(table)) settled.set(table, table);
  }
  for (const [table, { source, extracted }] of reads) {
    const { keyed, whole } = extracted;
    const becomesStaging = whole && keyed !== undefined && !relations.has(table) && !state.tables.has(table);
    if (becomesStaging && isTakenWhole(source)) settled.set(table, keyed.table);
  }
  return settled;
}

/** True where all rows of a first load stand in staging, and nothing but them. */
function isTakenWhole({ deletes, deletedRows }: Source): boolean {
  return deletes.policy !== 'soft_column' && deletedRows !== 'keep';
}

async function buildOne(
  context: RunContext,
  session: Session,
  step: PlanStep,
  compiled: CompiledModel,
  physical: (table: string) => string,
): Promise<BuiltAside | undefined> {
  const { engine, emit, signal } = context;
  const { model } = compiled;
  const startedAt = new Date();
  const name = engine.dialect.keyedTable(model.table);
  try {
    const rendered = renderUnder(context, compiled, physical);
    const columns = await describeModelSql(session, engine, model, rendered);
    emit({ type: 'step-started', step: step.step, action: step.action, at: startedAt.toISOString() });
    await session.execute(engine.dialect.dropTable(name));
    const { key, where } = model;
    const request = { name, columns, key, owned: true, onIncompatible: 'replace', where } as const;
    const target = await prepareTarget(session, engine, request);
    const rows = await fillTable({ session, engine, compiled }, target, rendered);
    const durationMs = Date.now() - startedAt.getTime();
    const report = { ...emptyReport(step, step.action, startedAt), durationMs, rowsInserted: rows };
    emit({ type: 'step-finished', report });
    return { filled: { table: name, rows }, report };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
