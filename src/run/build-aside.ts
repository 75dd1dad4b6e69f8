/**
 * New models over tables that the run's transaction leaves as they are, those of first loads among them, are computed before
 * it, into tables that no reader sees and that become theirs in it: a database may read rows of its own transaction slower,
 * and models are read by models.
 */
import type { KeyedTable, Session } from '../engines/contract.js';
import { prepareTarget } from '../load/target.js';
import type { CompiledModel } from '../pipeline/types.js';
import type { PlanStep } from '../plan/types.js';
import { describeModelSql } from '../transform/model-sql.js';
import { fillTable } from '../transform/rows.js';
import type { RunContext } from './context.js';
import { renderUnder } from './prepare-stage.js';
import { inCancellableSession, type SourceRead } from './read-source.js';
import { stageAside } from './stage-aside.js';
import { emptyReport } from './step-report.js';

/** What is done of a step: its table only lacks its name. */
export interface BuiltAside {
  readonly filled: KeyedTable;
  readonly startedAt: Date;
  readonly durationMs: number;
}

/**
 * Table -> its rows, of the steps that can be done aside. A step that fails is left to the transaction, in which tables have
 * the names that its error should tell. Errors: CANCELLED, by the signal.
 */
export async function buildAside(
  context: RunContext,
  reads: ReadonlyMap<string, SourceRead>,
): Promise<ReadonlyMap<string, BuiltAside>> {
  const built = new Map<string, BuiltAside>();
  const { engine, plan, signal } = context;
  if (!engine.capabilities.readsOwnRowsSlower || !plan.steps.some((step) => isNewModel(context, step))) return built;
  return inCancellableSession(context, async (session) => {
    const relations = await session.relations();
    const settled = settledTables(context, relations);
    for (const step of plan.steps.filter(({ step: table }) => !relations.has(table))) {
      signal.throwIfAborted();
      const one = await attempt(context, () => buildOne(context, session, step, reads.get(step.step), settled));
      if (one === undefined) continue;
      built.set(step.step, one);
      settled.set(step.step, one.filled.table);
    }
    return built;
  });
}

/** A history has rows of its own making, and a view none. */
function isNewModel({ state, project }: RunContext, { kind, step }: PlanStep): boolean {
  const strategy = project.models.get(step)?.model.strategy;
  return kind === 'model' && !state.tables.has(step) && strategy !== 'view' && strategy !== 'snapshot';
}

/** Table -> the name under which its rows are committed; at first of tables that this run does not touch. */
function settledTables({ plan, project, state }: RunContext, relations: ReadonlySet<string>): Map<string, string> {
  const planned = new Set(plan.steps.map(({ step }) => step));
  const isTable = (name: string) => relations.has(name) && project.models.get(name)?.model.strategy !== 'view';
  const untouched = [...state.tables.keys()].filter((name) => !planned.has(name) && isTable(name));
  return new Map(untouched.map((name) => [name, name]));
}

async function attempt<T>({ signal }: RunContext, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function buildOne(
  context: RunContext,
  session: Session,
  step: PlanStep,
  read: SourceRead | undefined,
  settled: ReadonlyMap<string, string>,
): Promise<BuiltAside | undefined> {
  const startedAt = new Date();
  const ended = (filled: KeyedTable) => ({ filled, startedAt, durationMs: Date.now() - startedAt.getTime() });
  if (read !== undefined) {
    const isFirstLoad = read.extracted.whole && !context.state.tables.has(step.step);
    return isFirstLoad ? ended(await stageAside(context, session, read)) : undefined;
  }
  const compiled = context.project.models.get(step.step);
  if (compiled === undefined || !isNewModel(context, step)) return undefined;
  if (!step.upstreams.every((table) => settled.has(table))) return undefined;
  const physical = (table: string) => settled.get(table) ?? table;
  const built = ended(await buildModel(context, session, { step, startedAt, compiled, physical }));
  const report = { ...emptyReport(step, step.action, startedAt), durationMs: built.durationMs };
  context.emit({ type: 'step-finished', report: { ...report, rowsInserted: built.filled.rows } });
  return built;
}

interface NewModel {
  readonly step: PlanStep;
  readonly startedAt: Date;
  readonly compiled: CompiledModel;
  readonly physical: (table: string) => string;
}

async function buildModel(
  context: RunContext,
  session: Session,
  { step, startedAt, compiled, physical }: NewModel,
): Promise<KeyedTable> {
  const { engine, emit } = context;
  const { key, where, table } = compiled.model;
  const rendered = renderUnder(context, compiled, physical);
  const columns = await describeModelSql(session, engine, compiled.model, rendered);
  emit({ type: 'stage', stage: 'transform' });
  emit({ type: 'step-started', step: step.step, action: step.action, at: startedAt.toISOString() });
  const name = engine.dialect.keyedTable(table);
  const request = { name, columns, key, owned: true, onIncompatible: 'replace', where } as const;
  const rows = await fillTable({ session, engine, compiled }, await prepareTarget(session, engine, request), rendered);
  return { table: name, rows };
}
