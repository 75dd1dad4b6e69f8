/** What all reports are: something that takes the events of a run. */
import type { EventSink, RunEvent } from '../run/events.js';

export interface Reporter {
  readonly onEvent: EventSink;
  /** Gives the terminal or file back; no event comes after it. */
  readonly close: () => void;
}

/** Writes text somewhere; `process.stderr.write` bound, or a test's list. */
export type Write = (text: string) => void;

/** One reporter of many. */
export function allReporters(reporters: readonly Reporter[]): Reporter {
  return {
    onEvent: (event: RunEvent) => {
      for (const reporter of reporters) reporter.onEvent(event);
    },
    close: () => {
      for (const reporter of reporters) reporter.close();
    },
  };
}
