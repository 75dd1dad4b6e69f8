/** One run, from opening the warehouse to the last word in its journal. Never throws: how it went is in its report. */
import { type EtlError, toEtlError } from '../errors.js';
import { pruneJournal } from '../journal/prune.js';
import { finishRun, insertSteps, insertTestFailures } from '../journal/write.js';
import { emptyReport } from './apply-step.js';
import { runAtomically } from './atomic-run.js';
import type { RunContext } from './context.js';
import { errorReport } from './error-report.js';
import type { RunReport, StepReport } from './events.js';
import { closeRun, openRun } from './open-run.js';
import type { RunOptions } from './options.js';
import { runReport } from './run-report.js';
import { runStepwise } from './stepwise-run.js';
import { TestsFailed } from './test-stage.js';

export async function run(options: RunOptions): Promise<RunReport> {
  const startedAt = new Date();
  let context: RunContext;
  try {
    context = await openRun(options, startedAt);
  } catch (thrown) {
    return reportEnd(options, unopenedReport(options, startedAt, thrown));
  }
  try {
    return reportEnd(options, await execute(context));
  } finally {
    await closeRun(context);
  }
}

async function execute(context: RunContext): Promise<RunReport> {
  const { runId, batch, plan, startedAt, emit } = context;
  emit({ type: 'run-started', runId, batch, plan, at: startedAt.toISOString() });
  try {
    if (plan.atomicity === 'run') await runAtomically(context);
    else await runStepwise(context);
  } catch (thrown) {
    return recordFailure(context, toEtlError(thrown));
  }
  emit({ type: 'stage', stage: 'clean-up' });
  return cleanUp(context);
}

/** The run has succeeded and is journaled; what fails from here on is said but changes nothing. */
async function cleanUp(context: RunContext): Promise<RunReport> {
  const { journal, engine, config, plan, emit } = context;
  const report = runReport(context, 'succeeded', context.reports, undefined);
  try {
    if (plan.atomicity === 'step') await finishRun(journal, engine.dialect, report);
    for (const step of plan.steps) {
      if (step.kind === 'source') await journal.execute(engine.dialect.dropWorkTable(step.step));
    }
    await pruneJournal(journal, engine.dialect, {
      keepDays: config.journal.keepDays,
      now: context.startedAt.getTime(),
    });
  } catch (thrown) {
    emit({ type: 'warning', step: undefined, message: `clean-up: ${toEtlError(thrown).message}` });
  }
  return report;
}

/** Journals a failed or cancelled run on a session of its own, after the data has been rolled back. */
async function recordFailure(context: RunContext, error: EtlError): Promise<RunReport> {
  const { config, project, plan, journal, engine, emit, runId, batch } = context;
  const status = context.signal.aborted || error.code === 'CANCELLED' ? 'cancelled' : 'failed';
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
  try {
    const committed =
      plan.atomicity === 'step'
        ? context.reports.filter(({ status: end }) => end === 'succeeded' || end === 'skipped')
        : [];
    await insertSteps(
      journal,
      engine.dialect,
      runId,
      batch,
      report.steps.filter((step) => !committed.includes(step)),
    );
    if (error instanceof TestsFailed) await insertTestFailures(journal, engine.dialect, error.failures);
    await finishRun(journal, engine.dialect, report);
  } catch (thrown) {
    emit({
      type: 'warning',
      step: undefined,
      message: `the journal could not be written: ${toEtlError(thrown).message}`,
    });
  }
  return report;
}

/** A run that never held the warehouse leaves no trace in it. */
function unopenedReport(options: RunOptions, startedAt: Date, thrown: unknown): RunReport {
  return {
    runId: '',
    batch: 0,
    status: 'failed',
    trigger: options.trigger,
    pipelines: options.selection.pipelines,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    steps: [],
    warnings: [],
    error: errorReport(thrown, options.config, options.project),
  };
}

function reportEnd(options: RunOptions, report: RunReport): RunReport {
  options.onEvent({ type: 'run-finished', report });
  return report;
}
