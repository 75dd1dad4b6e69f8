/** The state of a run in progress, kept from its events; what the live view draws. */
import { epochMsOf } from '../journal/time.js';
import type { StepAction } from '../plan/types.js';
import type { RunEvent, StepReport } from '../run/events.js';
import { formatBytes } from './format.js';

export interface RunningStep {
  readonly step: string;
  readonly action: StepAction;
  /** Milliseconds since 1970, from the event. */
  readonly startedAtMs: number;
  readonly rows: number;
  readonly bytes: number;
  /** Summed up so far to compare them with staging. */
  readonly rowsCompared: number;
  /** What it waits for before the next attempt. */
  readonly note: string | undefined;
}

export interface Progress {
  readonly batch: number | undefined;
  readonly startedAtMs: number | undefined;
  readonly stage: string | undefined;
  readonly planned: number;
  readonly running: ReadonlyMap<string, RunningStep>;
  /** How many sources a comparison is done with; 0 of a run. */
  readonly compared: number;
  /** In the order they ended. */
  readonly finished: readonly StepReport[];
}

export const nothingYet: Progress = {
  batch: undefined,
  startedAtMs: undefined,
  stage: undefined,
  planned: 0,
  running: new Map(),
  compared: 0,
  finished: [],
};

/** The state after one more event. */
export function afterEvent(progress: Progress, event: RunEvent): Progress {
  switch (event.type) {
    case 'run-started':
      return { ...progress, batch: event.batch, startedAtMs: epochMsOf(event.at), planned: event.plan.steps.length };
    case 'comparison-started':
      return { ...progress, startedAtMs: epochMsOf(event.at), planned: event.sources };
    case 'stage':
      return { ...progress, stage: event.stage };
    case 'copy-started':
      return { ...progress, stage: `copying the warehouse for readers (${formatBytes(event.bytes)})` };
    case 'step-started': {
      const { step, action, at } = event;
      const started = { step, action, startedAtMs: epochMsOf(at), rows: 0, bytes: 0, rowsCompared: 0, note: undefined };
      return { ...progress, running: new Map(progress.running).set(step, started) };
    }
    case 'step-progress':
      return changed(progress, event.step, { rows: event.rows, bytes: event.bytes, note: undefined });
    case 'compare-progress':
      return changed(progress, event.step, { rowsCompared: event.rows, note: undefined });
    case 'compared':
      // A run goes on with what it compared.
      return progress.batch === undefined ? withoutCompared(progress, event.comparison.step) : progress;
    case 'step-retry':
      return changed(progress, event.step, { note: `attempt ${event.attempt} follows: ${event.error.message}` });
    case 'step-finished': {
      const running = new Map(progress.running);
      running.delete(event.report.step);
      return { ...progress, running, finished: [...progress.finished, event.report] };
    }
    default:
      return progress;
  }
}

function withoutCompared(progress: Progress, step: string): Progress {
  const running = new Map(progress.running);
  running.delete(step);
  return { ...progress, running, compared: progress.compared + 1 };
}

function changed(progress: Progress, step: string, values: Partial<RunningStep>): Progress {
  const before = progress.running.get(step);
  if (before === undefined) return progress;
  return { ...progress, running: new Map(progress.running).set(step, { ...before, ...values }) };
}
