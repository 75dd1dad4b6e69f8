/** `atomicity: step`: each step is all or nothing, independent steps run side by side, what stands on a failed step waits. */
import pLimit from 'p-limit';
import { type EtlError, toEtlError } from '../errors.js';
import { insertTestFindings } from '../journal/test-results.js';
import { insertTestFailures } from '../journal/write.js';
import { testedAgainst } from '../pipeline/tests-of.js';
import type { PlanStep } from '../plan/types.js';
import { applyStep, type StepOutcome } from './apply-step.js';
import { causeOf } from './cause.js';
import { commitSteps } from './commit.js';
import type { RunContext } from './context.js';
import { type DataSession, withDataSession } from './data-session.js';
import { errorReport } from './error-report.js';
import type { StepReport } from './events.js';
import { inSession } from './open-run.js';
import { prepareStep } from './prepare-stage.js';
import { readSource, type SourceRead } from './read-source.js';
import { connectionOf, SourceDatabases } from './source-databases.js';
import { tellOfOpenWork } from './source-notices.js';
import { emptyReport } from './step-report.js';
import { Targets } from './targets.js';
import { TestsFailed, testSteps } from './test-stage.js';

/** Errors: that of the first step that failed, after every step that could run has run. */
export async function runStepwise(context: RunContext): Promise<void> {
  const databases = new SourceDatabases(context);
  const limit = pLimit(context.engine.capabilities.parallelSteps ? context.config.run.parallel : 1);
  const ends = new Map<string, Promise<StepEnd>>();
  try {
    for (const step of context.plan.steps) {
      const earlier = [...ends].filter(([table]) => waitsFor(context, step, table)).map(([, end]) => end);
      ends.set(
        step.step,
        Promise.all(earlier).then((above) => endOfStep(context, databases, step, above, limit)),
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

/** What a step reads, and what is tested together with it. */
function waitsFor({ project }: RunContext, { step, upstreams }: PlanStep, table: string): boolean {
  const isTestedTogether = testedAgainst(project, step).includes(table) || testedAgainst(project, table).includes(step);
  return upstreams.includes(table) || isTestedTogether;
}

/** Never rejects: a failure is an end like any other. */
async function endOfStep(
  context: RunContext,
  databases: SourceDatabases,
  step: PlanStep,
  above: readonly StepEnd[],
  limit: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<StepEnd> {
  const blockers = above.filter((end) => !end.isWell && step.upstreams.includes(end.step)).map((end) => end.step);
  const startedAt = new Date();
  try {
    if (blockers.length > 0) {
      const reasons = [`${blockers.join(', ')} did not succeed`];
      finish(context, { ...emptyReport(step, 'skip', startedAt), status: 'blocked', reasons });
      return { step: step.step, isWell: false, error: undefined };
    }
    const { outcome, unpublished } = await limit(() => runStep(context, databases, step));
    finish(context, outcome.report);
    // It is committed, but what stands on it would read the table that is still to be replaced.
    return { step: step.step, isWell: unpublished === undefined, error: unpublished };
  } catch (thrown) {
    const error = causeOf(context, thrown);
    const status = error.code === 'CANCELLED' ? 'cancelled' : 'failed';
    await keepTestFailures(context, error);
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

/** Of all steps that fail, only the first one's error becomes the run's. */
async function keepTestFailures({ warehouse, engine, emit }: RunContext, error: EtlError): Promise<void> {
  if (!(error instanceof TestsFailed)) return;
  await inSession(warehouse, (session) => insertTestFailures(session, engine.dialect, error.failures)).catch((thrown) =>
    emit({ type: 'warning', step: error.step, message: `failing rows were not kept: ${toEtlError(thrown).message}` }),
  );
}

interface PublishedStep {
  readonly outcome: StepOutcome;
  readonly unpublished: EtlError | undefined;
}

async function runStep(context: RunContext, databases: SourceDatabases, step: PlanStep): Promise<PublishedStep> {
  context.signal.throwIfAborted();
  const read = step.kind === 'source' ? await readSource(context, databases, step) : undefined;
  if (read !== undefined) tellOfOpenWork(context, connectionOf(context, read.source), read.extracted.open);
  return withDataSession(context, step.step, (data) => publishStep(context, data, step, read));
}

async function publishStep(
  context: RunContext,
  data: DataSession,
  step: PlanStep,
  read: SourceRead | undefined,
): Promise<PublishedStep> {
  const { dialect, capabilities } = context.engine;
  const { session } = data;
  const state = context.state.fork();
  const targets = new Targets();
  if (capabilities.transactionalDdl) await session.begin();
  await prepareStep(context, session, state, targets, step, read);
  if (!capabilities.transactionalDdl) await session.begin();
  const outcome = await applyStep({ context, session, state, targets, step }, read);
  const { warned, findings } = await testSteps(context, session, targets, [outcome]);
  const unpublished = await commitSteps({
    context,
    data,
    state,
    targets,
    outcomes: [outcome],
    reads: read === undefined ? [] : [read],
    alsoWrite: async () => {
      await insertTestFailures(session, dialect, warned);
      await insertTestFindings(session, dialect, findings);
    },
  });
  context.state.record(step.step, outcome.state, outcome.positions);
  return { outcome, unpublished };
}
