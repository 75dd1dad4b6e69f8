/** The events of a run as JSON lines, one an event, for machines. */

import { maskSecrets } from '../mask.js';
import type { RunEvent } from '../run/events.js';
import type { Reporter, Write } from './reporter.js';

export interface JsonLinesOptions {
  readonly secrets: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function jsonLinesReporter(write: Write, options: JsonLinesOptions): Reporter {
  return {
    onEvent: (event) => {
      if (event.type !== 'step-progress' && event.type !== 'compare-progress') write(`${jsonLine(event, options)}\n`);
    },
    close: () => {},
  };
}

/** `{"time":…,"event":"step-finished",…}`; a report's own fields stand at the top level. */
export function jsonLine(event: RunEvent, options: JsonLinesOptions): string {
  const time = new Date(options.now()).toISOString();
  return JSON.stringify({ time, event: event.type, ...fieldsOf(event) }, (_key, value: unknown) =>
    typeof value === 'string' ? maskSecrets(value, options.secrets) : value,
  );
}

function fieldsOf(event: RunEvent): object {
  switch (event.type) {
    case 'run-started': {
      const { plan, runId, batch } = event;
      return { runId, batch, asOf: plan.asOf, atomicity: plan.atomicity, steps: plan.steps.length };
    }
    case 'compared': {
      // Keys of rows are for whoever asked, and not for a log that is kept.
      const { keys: _keys, ...counts } = event.comparison;
      return counts;
    }
    case 'test-failed': {
      const { type: _type, sample: _sample, ...fields } = event;
      return fields;
    }
    case 'step-finished':
      return event.report;
    case 'run-finished': {
      // The steps had a line each.
      const { steps, ...run } = event.report;
      return { ...run, steps: steps.length };
    }
    default: {
      const { type: _type, ...fields } = event;
      return fields;
    }
  }
}
