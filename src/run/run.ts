/** One run, from opening the warehouse to the last word in its journal. Never throws: how it went is in its report. */
import { EtlError } from '../errors.js';
import { finishRun, insertSteps, insertTestFailures } from '../journal/write.js';
import { selectionText } from '../pipeline/select.js';
import { runAtomically } from './atomic-run.js';
import { causeOf } from './cause.js';
import { cleanUp } from './clean-up.js';
import { machineClock } from './clock.js';
import type { RunContext } from './context.js';
import { errorReport } from './error-report.js';
import type { RunReport, StepReport } from './events.js';
import { listenerOf } from './listener.js';
import { closeRun, inSession, openRun } from './open-run.js';
import type { RunOptions } from './options.js';
import { withPublishedCopy } from './publish-copy.js';
import { runReport } from './run-report.js';
import { emptyReport } from './step-report.js';
import { runStepwise } from './stepwise-run.js';
import { TestsFailed } from './test-stage.js';

export async function run(options: RunOptions): Promise<RunReport> {
  const startedAt = (options.clock ?? machineClock)();
  let context: RunContext;
  try {
    context = await openRun(options, startedAt);
  } catch (thrown) {
    return reportEnd(options, unopenedReport(options, startedAt, thrown));
  }
  const report = await execute(context);
  await closeRun(context).catch((thrown) => warn(context, 'closing the warehouse', thrown));
  return withPublishedCopy(options, reportEnd(options, report));
}

async function execute(context: RunContext): Promise<RunReport> {
  const { runId, batch, plan, startedAt, emit } = context;
  emit({ type: 'run-started', runId, batch, plan, at: startedAt.toISOString() });
  sayNotices(context);
  try {
    if (plan.atomicity === 'run') await runAtomically(context);
    else await runStepwise(context);
  } catch (thrown) {
    return recordFailure(context, causeOf(context, thrown));
  }
  return finish(context);
}

/** What is not quite as it should be in the warehouse's settings is said once, where rows are to be loaded at all. */
function sayNotices({ warehouse, plan, warnings, emit }: RunContext): void {
  if (!plan.steps.some((step) => step.kind === 'source')) return;
  for (const message of warehouse.notices) {
    warnings.push({ severity: 'warning', message });
    emit({ type: 'warning', step: undefined, message });
  }
}

/** The run has succeeded and is journaled; what fails from here on is said but changes nothing. */
async function finish(context: RunContext): Promise<RunReport> {
  const { warehouse, engine, plan, emit } = context;
  const report = runReport(context, 'succeeded', context.reports, undefined);
  emit({ type: 'stage', stage: 'clean-up' });
  try {
    if (plan.atomicity === 'step') {
      await inSession(warehouse, (session) => finishRun(session, engine.dialect, report));
    }
    await cleanUp(context);
  } catch (thrown) {
    warn(context, 'clean-up', thrown);
  }
  return report;
}

/** Journals a failed or cancelled run on a session of its own, after the data has been rolled back. */
async function recordFailure(context: RunContext, error: EtlError): Promise<RunReport> {
  const { config, project, plan, warehouse, engine, runId, batch } = context;
  const { dialect } = engine;
  const status = error.code === 'CANCELLED' ? 'cancelled' : 'failed';
  const failure = errorReport(error, config, project);
  const ended = new Set(context.reports.map((report) => report.step));
  const open: readonly StepReport[] = plan.steps
    .filter((step) => !ended.has(step.step))
    .map((step) => ({
      ...emptyReport(step, step.action, context.startedAt),
      status: step.step === error.step && status === 'failed' ? 'failed' : 'cancelled',
      error: step.step === error.step ? failure : undefined,
    }));
  const report = runReport(context, status, [...context.reports, ...open], failure);
  // If the commit passed, the journal says that it did; if not, the next run finds this one interrupted.
  if (error.code === 'COMMIT_UNKNOWN') return report;
  try {
    const committed =
      plan.atomicity === 'step'
        ? context.reports.filter(({ status: end }) => end === 'succeeded' || end === 'skipped')
        : [];
    await inSession(warehouse, async (session) => {
      const uncommitted = report.steps.filter((step) => !committed.includes(step));
      await insertSteps(session, dialect, runId, batch, uncommitted);
      await finishRun(session, dialect, report);
      if (plan.atomicity === 'run' && error instanceof TestsFailed)
        await insertTestFailures(session, dialect, error.failures);
    });
  } catch (thrown) {
    warn(context, 'the journal could not be written', thrown);
    return report;
  }
  await cleanUp(context).catch((thrown) => warn(context, 'clean-up', thrown));
  return report;
}

/** A run that never held the warehouse leaves no trace in it. */
function unopenedReport(options: RunOptions, startedAt: Date, thrown: unknown): RunReport {
  const { aborted } = options.signal;
  const error = aborted ? new EtlError('CANCELLED', 'the run was cancelled', { cause: thrown }) : thrown;
  return {
    runId: '',
    batch: 0,
    status: aborted ? 'cancelled' : 'failed',
    trigger: options.trigger,
    pipelines: options.selection.pipelines,
    selection: selectionText(options.selection),
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    steps: [],
    warnings: [],
    error: errorReport(error, options.config, options.project),
  };
}

function warn({ emit, config, project }: RunContext, what: string, thrown: unknown): void {
  // Of what is said beside the run's end, nobody asks whether it was committed.
  const isUnknown = thrown instanceof EtlError && thrown.code === 'COMMIT_UNKNOWN';
  const { message, hint } = errorReport(isUnknown ? thrown.cause : thrown, config, project);
  emit({ type: 'warning', step: undefined, message: `${what}: ${message}${hint === undefined ? '' : `; ${hint}`}` });
}

function reportEnd(options: RunOptions, report: RunReport): RunReport {
  listenerOf(options.onEvent).emit({ type: 'run-finished', report });
  return report;
}
