/** The copy of the warehouse for readers, after a run that has succeeded and was reported. */
import { publishedState } from '../journal/published-state.js';
import { errorReport } from './error-report.js';
import type { RunReport } from './events.js';
import { listenerOf } from './listener.js';
import { warehouseEngine } from './open-run.js';
import type { RunOptions } from './options.js';

/** The report, with a warning where the copy could not be made: the next run makes it. Never throws. */
export async function withPublishedCopy(options: RunOptions, report: RunReport): Promise<RunReport> {
  if (report.status !== 'succeeded') return report;
  const { emit } = listenerOf(options.onEvent);
  try {
    const { engine, connection } = await warehouseEngine(options.config);
    const copy = await engine.publishCopy?.(connection, {
      settings: { timeoutMs: options.config.run.timeoutMs, label: `chat-etl ${report.runId}` },
      stateOf: (session) => publishedState(session, engine.dialect),
      onStart: (bytes) => emit({ type: 'copy-started', bytes }),
    });
    if (copy !== undefined) emit({ type: 'copy-published', ...copy });
    return report;
  } catch (thrown) {
    const error = errorReport(thrown, options.config, options.project);
    const message = `the copy for readers could not be made, the next run tries again: ${error.message}`;
    emit({ type: 'warning', step: undefined, message });
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return { ...report, warnings: [...report.warnings, { severity: 'warning', message, ...hint }] };
  }
}
