/** `reconcile` without `--repair`: sources are read and compared under the warehouse's lease, and nothing is written. */
import type { SkippedComparison } from '../plan/types.js';
import { causeOf } from './cause.js';
import { extractSources } from './extract-stage.js';
import { closeRun, openRun } from './open-run.js';
import type { RunOptions } from './options.js';

/** Tells its progress by events, `comparison-started` first; each comparison is an event `compared`. Errors: as of a run that fails before it changes anything. */
export async function compareSources(options: RunOptions): Promise<readonly SkippedComparison[]> {
  const context = await openRun(options, new Date());
  try {
    const sources = context.plan.steps.filter(({ kind }) => kind === 'source').length;
    context.emit({ type: 'comparison-started', sources, at: context.startedAt.toISOString() });
    await extractSources(context);
    return context.plan.skipped ?? [];
  } catch (thrown) {
    throw causeOf(context, thrown);
  } finally {
    await context.warehouse.dropLeftovers().catch(() => undefined);
    await closeRun(context);
  }
}
