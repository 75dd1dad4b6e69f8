/** `atomicity: run`: everything a run changes is committed in one transaction, or not at all. */
import type { Session } from '../engines/contract.js';
import { finishRun, insertTestFailures, type TestFailure } from '../journal/write.js';
import { applyStep, type StepOutcome } from './apply-step.js';
import { commitSteps } from './commit.js';
import type { RunContext } from './context.js';
import { errorReport } from './error-report.js';
import { extractSources, type SourceRead } from './extract-stage.js';
import type { LiveState } from './live-state.js';
import { prepareStep } from './prepare-stage.js';
import { withRetries } from './retry.js';
import { runReport } from './run-report.js';
import { Targets } from './targets.js';
import { testSteps } from './test-stage.js';

/** Errors: whatever made the run fail; nothing is published then. */
export async function runAtomically(context: RunContext): Promise<void> {
  const { config, emit, project } = context;
  emit({ type: 'stage', stage: 'extract' });
  const reads = await extractSources(context);
  const session = await context.warehouse.session();
  const onAbort = () => void session.cancel().catch(() => undefined);
  context.signal.addEventListener('abort', onAbort);
  try {
    await withRetries((attempt) => publishAll(context, session, reads, attempt), {
      retries: config.run.retries,
      signal: context.signal,
      onRetry: (error, attempt, waitMs) =>
        emit({
          type: 'step-retry',
          step: error.step ?? 'run',
          attempt,
          error: errorReport(error, config, project),
          waitMs,
        }),
    });
  } finally {
    context.signal.removeEventListener('abort', onAbort);
    await session.close();
  }
}

async function publishAll(
  context: RunContext,
  session: Session,
  reads: ReadonlyMap<string, SourceRead>,
  attempt: number,
): Promise<void> {
  const state = context.state.fork();
  const targets = new Targets();
  const { transactionalDdl } = context.engine.capabilities;
  try {
    if (transactionalDdl) await session.begin();
    await prepareAll(context, session, state, targets, reads);
    if (!transactionalDdl) await session.begin();
    const outcomes = await applyAll(context, session, state, targets, reads);
    context.emit({ type: 'stage', stage: 'test' });
    const warned = await testSteps(context, session, targets, outcomes);
    await commit(context, session, state, targets, reads, outcomes, warned);
    for (const { report } of outcomes) context.reports.push({ ...report, attempt: Math.max(report.attempt, attempt) });
  } catch (thrown) {
    await session.rollback();
    throw thrown;
  }
}

async function prepareAll(
  context: RunContext,
  session: Session,
  state: LiveState,
  targets: Targets,
  reads: ReadonlyMap<string, SourceRead>,
): Promise<void> {
  context.emit({ type: 'stage', stage: 'prepare' });
  for (const step of context.plan.steps) {
    context.signal.throwIfAborted();
    await prepareStep(context, session, state, targets, step, reads.get(step.step));
  }
}

async function applyAll(
  context: RunContext,
  session: Session,
  state: LiveState,
  targets: Targets,
  reads: ReadonlyMap<string, SourceRead>,
): Promise<readonly StepOutcome[]> {
  context.emit({ type: 'stage', stage: 'transform' });
  const outcomes: StepOutcome[] = [];
  for (const step of context.plan.steps) {
    context.signal.throwIfAborted();
    const outcome = await applyStep({ context, session, state, targets, step }, reads.get(step.step));
    outcomes.push(outcome);
    context.emit({ type: 'step-finished', report: outcome.report });
  }
  return outcomes;
}

async function commit(
  context: RunContext,
  session: Session,
  state: LiveState,
  targets: Targets,
  reads: ReadonlyMap<string, SourceRead>,
  outcomes: readonly StepOutcome[],
  warned: readonly TestFailure[],
): Promise<void> {
  const { dialect } = context.engine;
  await commitSteps({
    context,
    session,
    state,
    targets,
    outcomes,
    reads: [...reads.values()],
    alsoWrite: async () => {
      await insertTestFailures(session, dialect, warned);
      const steps = outcomes.map(({ report }) => report);
      await finishRun(session, dialect, runReport(context, 'succeeded', steps, undefined));
    },
  });
}
