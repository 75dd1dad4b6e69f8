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
  /** What it waits for before the next attempt. */
  readonly note: string | undefined;
}

export interface Progress {
  readonly batch: number | undefined;
  readonly startedAtMs: number | undefined;
  readonly stage: string | undefined;
  readonly planned: number;
  readonly running: ReadonlyMap<string, RunningStep>;
  /** In the order they ended. */
  readonly finished: readonly StepReport[];
}

export const nothingYet: Progress = {
  batch: undefined,
  startedAtMs: undefined,
  stage: undefined,
  planned: 0,
  running: new Map(),
  finished: [],
};

/** The state after one more event. */
export function afterEvent(progress: Progress, event: RunEvent): Progress {
  switch (event.type) {
    case 'run-started':
      return { ...progress, batch: event.batch, startedAtMs: epochMsOf(event.at), planned: event.plan.steps.length };
    case 'stage':
      return { ...progress, stage: event.stage };
    case 'copy-started':
      return { ...progress, stage: `copying the warehouse for readers (${formatBytes(event.bytes)})` };
    case 'step-started': {
      const { step, action, at } = event;
      const started = { step, action, startedAtMs: epochMsOf(at), rows: 0, bytes: 0, note: undefined };
      return { ...progress, running: new Map(progress.running).set(step, started) };
    }
    case 'step-progress':
      return changed(progress, event.step, { rows: event.rows, bytes: event.bytes, note: undefined });
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

function changed(progress: Progress, step: string, values: Partial<RunningStep>): Progress {
  const before = progress.running.get(step);
  if (before === undefined) return progress;
  return { ...progress, running: new Map(progress.running).set(step, { ...before, ...values }) };
}
