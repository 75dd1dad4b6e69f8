/** Which sources `reconcile` can compare. */
import type { Source } from '../pipeline/types.js';
import type { PlanStep, SkippedComparison } from './types.js';

/** The steps of sources that are compared, and why others are not. */
export function planComparison(
  steps: readonly PlanStep[],
  sources: ReadonlyMap<string, Source>,
  compare: NonNullable<PlanStep['compare']>,
): { readonly steps: readonly PlanStep[]; readonly skipped: readonly SkippedComparison[] } {
  const compared: PlanStep[] = [];
  const skipped: SkippedComparison[] = [];
  for (const step of steps) {
    const source = sources.get(step.step);
    const why = source && whyNot(source, step);
    if (why === undefined) compared.push(asCompared(step, compare));
    else skipped.push({ step: step.step, why });
  }
  return { steps: compared, skipped };
}

/** What is compared row by row needs no look for deletes of its own. */
function asCompared(step: PlanStep, compare: NonNullable<PlanStep['compare']>): PlanStep {
  return {
    ...step,
    detect: false,
    compare,
    reasons: [...step.reasons, 'compared with the source: asked for by reconcile'],
  };
}

function whyNot(source: Source, { action, reasons }: PlanStep): string | undefined {
  if (source.key.length === 0) return 'it has no key by which rows could be compared';
  if (action === 'load') return 'it is not loaded yet';
  if (source.incremental === undefined) return 'it has no cursor: each run reads it whole';
  return action === 'read' ? undefined : `the next run reads it anew: ${reasons.join('; ')}`;
}
