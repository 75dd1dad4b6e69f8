/** What a run returns and journals. */

import { selectionText } from '../pipeline/select.js';
import type { RunContext } from './context.js';
import type { ErrorReport, RunReport, RunStatus, StepReport } from './events.js';

export function runReport(
  context: RunContext,
  status: RunStatus,
  steps: readonly StepReport[],
  error: ErrorReport | undefined,
): RunReport {
  return {
    runId: context.runId,
    batch: context.batch,
    status,
    trigger: context.trigger,
    pipelines: context.selection.pipelines,
    selection: selectionText(context.selection),
    startedAt: context.startedAt.toISOString(),
    durationMs: Date.now() - context.startedAt.getTime(),
    steps,
    warnings: [...steps.flatMap((step) => step.warnings), ...context.warnings],
    error,
  };
}
