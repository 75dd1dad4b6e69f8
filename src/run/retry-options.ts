/** How the stages of a run try again. */
import type { RunContext } from './context.js';
import { errorReport } from './error-report.js';
import type { RetryOptions } from './retry.js';

/** As often as the config allows, told as events. @param step named where the error names none */
export function retryOptions({ config, project, signal, emit }: RunContext, step: string): RetryOptions {
  return {
    retries: config.run.retries,
    signal,
    onRetry: (error, attempt, waitMs) =>
      emit({
        type: 'step-retry',
        step: error.step ?? step,
        attempt,
        error: errorReport(error, config, project),
        waitMs,
      }),
  };
}
