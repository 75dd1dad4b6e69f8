/** `atomicity: step`: each step is all or nothing, independent steps run side by side, what stands on a failed step waits. */
import pLimit from 'p-limit';
import type { Session } from '../engines/contract.js';
import { type EtlError, toEtlError } from '../errors.js';
import { insertTestFailures } from '../journal/write.js';
import type { PlanStep } from '../plan/types.js';
import { applyStep, emptyReport, type StepOutcome } from './apply-step.js';
import { commitSteps } from './commit.js';
import type { RunContext } from './context.js';
import { errorReport } from './error-report.js';
import type { StepReport } from './events.js';
import { readSource, SourceDatabases, type SourceRead } from './extract-stage.js';
import { prepareStep } from './prepare-stage.js';
import { withRetries } from './retry.js';
import { Targets } from './targets.js';
import { testSteps } from './test-stage.js';

/** Errors: that of the first step that failed, after every step that could run has run. */
export async function runStepwise(context: RunContext): Promise<void> {
  const databases = new SourceDatabases(context);
  const limit = pLimit(context.engine.capabilities.parallelSteps ? context.config.run.parallel : 1);
  const ends = new Map<string, Promise<StepEnd>>();
  try {
    for (const step of context.plan.steps) {
      const upstreams = step.upstreams.flatMap((upstream) => ends.get(upstream) ?? []);
      ends.set(
        step.step,
        Promise.all(upstreams).then((above) => endOfStep(context, databases, step, above, limit)),
      );
    }
    const failed = (await Promise.all(ends.values())).flatMap((end) => (end.error === undefined ? [] : [end.error]));
    if (failed[0] !== undefined) throw failed[0];
  } finally {
    await databases.close();
  }
}

interface StepEnd {
  readonly step: string;
  readonly isWell: boolean;
  readonly error: EtlError | undefined;
}

/** Never rejects: a failure is an end like any other. */
async function endOfStep(
  context: RunContext,
  databases: SourceDatabases,
  step: PlanStep,
  above: readonly StepEnd[],
  limit: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<StepEnd> {
  const blockers = above.filter((end) => !end.isWell).map((end) => end.step);
  const startedAt = new Date();
  try {
    if (blockers.length > 0) {
      const reasons = [`${blockers.join(', ')} did not succeed`];
      finish(context, { ...emptyReport(step, 'skip', startedAt), status: 'blocked', reasons });
      return { step: step.step, isWell: false, error: undefined };
    }
    const outcome = await limit(() => runStep(context, databases, step));
    finish(context, outcome.report);
    return { step: step.step, isWell: true, error: undefined };
  } catch (thrown) {
    const error = toEtlError(thrown);
    const status = context.signal.aborted ? 'cancelled' : 'failed';
    const report = errorReport(error, context.config, context.project);
    const durationMs = Date.now() - startedAt.getTime();
    finish(context, { ...emptyReport(step, step.action, startedAt), status, durationMs, error: report });
    return { step: step.step, isWell: false, error };
  }
}

function finish(context: RunContext, report: StepReport): void {
  context.reports.push(report);
  context.emit({ type: 'step-finished', report });
}

async function runStep(context: RunContext, databases: SourceDatabases, step: PlanStep): Promise<StepOutcome> {
  context.signal.throwIfAborted();
  const read = step.kind === 'source' ? await readSource(context, databases, step) : undefined;
  const session = await context.warehouse.session();
  const onAbort = () => void session.cancel().catch(() => undefined);
  context.signal.addEventListener('abort', onAbort);
  try {
    return await withRetries(() => publishStep(context, session, step, read), {
      retries: context.config.run.retries,
      signal: context.signal,
      onRetry: (error, attempt, waitMs) =>
        context.emit({
          type: 'step-retry',
          step: step.step,
          attempt,
          error: errorReport(error, context.config, context.project),
          waitMs,
        }),
    });
  } finally {
    context.signal.removeEventListener('abort', onAbort);
    await session.close();
  }
}

async function publishStep(
  context: RunContext,
  session: Session,
  step: PlanStep,
  read: SourceRead | undefined,
): Promise<StepOutcome> {
  const { dialect, capabilities } = context.engine;
  const state = context.state.fork();
  const targets = new Targets();
  try {
    if (capabilities.transactionalDdl) await session.begin();
    await prepareStep(context, session, state, targets, step, read);
    if (!capabilities.transactionalDdl) await session.begin();
    const outcome = await applyStep({ context, session, state, targets, step }, read);
    const warned = await testSteps(context, session, targets, [outcome]);
    await commitSteps({
      context,
      session,
      state,
      targets,
      outcomes: [outcome],
      reads: read === undefined ? [] : [read],
      alsoWrite: () => insertTestFailures(session, dialect, warned),
    });
    if (outcome.state !== undefined) context.state.record(step.step, outcome.state, outcome.positions);
    return outcome;
  } catch (thrown) {
    await session.rollback();
    throw thrown;
  }
}
