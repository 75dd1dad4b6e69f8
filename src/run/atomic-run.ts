/** `atomicity: run`: everything a run changes is committed in one transaction, or not at all. */
import type { Session } from '../engines/contract.js';
import type { EtlError } from '../errors.js';
import { insertTestFindings } from '../journal/test-results.js';
import { finishRun, insertTestFailures } from '../journal/write.js';
import { applyStep, type StepOutcome } from './apply-step.js';
import { type BuiltAside, buildAside } from './build-aside.js';
import { commitSteps } from './commit.js';
import type { RunContext } from './context.js';
import { type DataSession, withDataSession } from './data-session.js';
import { errorReport } from './error-report.js';
import { extractSources } from './extract-stage.js';
import type { LiveState } from './live-state.js';
import { prepareInTurn, prepareStep } from './prepare-stage.js';
import type { SourceRead } from './read-source.js';
import { runReport } from './run-report.js';
import { Targets } from './targets.js';
import { type TestFindings, testSteps } from './test-stage.js';

/** Errors: whatever made the run fail; nothing is published then. */
export async function runAtomically(context: RunContext): Promise<void> {
  context.emit({ type: 'stage', stage: 'extract' });
  const reads = await extractSources(context);
  const built = await buildAside(context, reads);
  await withDataSession(context, 'run', (data) => publishAll(context, data, { reads, built }));
}

/** What the transaction finds: table -> what was read of it, table -> its rows where they are computed already. */
interface Computed {
  readonly reads: ReadonlyMap<string, SourceRead>;
  readonly built: ReadonlyMap<string, BuiltAside>;
}

async function publishAll(context: RunContext, data: DataSession, computed: Computed): Promise<void> {
  const { session, attempt } = data;
  const state = context.state.fork();
  const targets = new Targets();
  const { transactionalDdl } = context.engine.capabilities;
  if (transactionalDdl) await session.begin();
  await prepareEarly(context, session, state, targets, computed);
  if (!transactionalDdl) await session.begin();
  const outcomes = await applyAll(context, session, state, targets, computed);
  context.emit({ type: 'stage', stage: 'test' });
  const tested = await testSteps(context, session, targets, outcomes);
  const unpublished = await commit(context, data, state, targets, computed.reads, outcomes, tested);
  context.state.adopt(state);
  for (const { report } of outcomes) context.reports.push({ ...report, attempt: Math.max(report.attempt, attempt) });
  if (unpublished !== undefined) warn(context, unpublished);
}

/** The data is committed and the journal says so: the next run makes it visible. */
function warn(context: RunContext, unpublished: EtlError): void {
  const { message, hint } = errorReport(unpublished, context.config, context.project);
  context.warnings.push({ severity: 'warning', message, ...(hint === undefined ? {} : { hint }) });
  context.emit({ type: 'warning', step: undefined, message });
}

/** All steps; where DDL is part of the transaction, models have time until their turn. */
async function prepareEarly(
  context: RunContext,
  session: Session,
  state: LiveState,
  targets: Targets,
  { reads, built }: Computed,
): Promise<void> {
  context.emit({ type: 'stage', stage: 'prepare' });
  const { transactionalDdl } = context.engine.capabilities;
  for (const step of context.plan.steps) {
    if (transactionalDdl && step.kind === 'model') continue;
    context.signal.throwIfAborted();
    await prepareStep(context, session, state, targets, step, reads.get(step.step), built.get(step.step)?.filled);
  }
}

async function applyAll(
  context: RunContext,
  session: Session,
  state: LiveState,
  targets: Targets,
  { reads, built }: Computed,
): Promise<readonly StepOutcome[]> {
  context.emit({ type: 'stage', stage: 'transform' });
  const outcomes: StepOutcome[] = [];
  const relations = context.engine.capabilities.transactionalDdl ? await session.relations() : undefined;
  for (const step of context.plan.steps) {
    context.signal.throwIfAborted();
    const aside = built.get(step.step);
    if (relations !== undefined) {
      await prepareInTurn(context, session, state, targets, step, { relations, filled: aside?.filled });
    }
    const outcome = await applyStep({ context, session, state, targets, step, aside }, reads.get(step.step));
    outcomes.push(outcome);
    if (aside === undefined) context.emit({ type: 'step-finished', report: outcome.report });
  }
  return outcomes;
}

async function commit(
  context: RunContext,
  data: DataSession,
  state: LiveState,
  targets: Targets,
  reads: ReadonlyMap<string, SourceRead>,
  outcomes: readonly StepOutcome[],
  { warned, findings }: TestFindings,
): Promise<EtlError | undefined> {
  const { dialect } = context.engine;
  const { session } = data;
  return commitSteps({
    context,
    data,
    state,
    targets,
    outcomes,
    reads: [...reads.values()],
    alsoWrite: async () => {
      await insertTestFailures(session, dialect, warned);
      await insertTestFindings(session, dialect, findings);
      const steps = outcomes.map(({ report }) => report);
      await finishRun(session, dialect, runReport(context, 'succeeded', steps, undefined));
    },
  });
}
