/** Whether a run goes on with a source as it was. */
import type { Source } from '../pipeline/types.js';
import type { PlanStep, TableState } from '../plan/types.js';
import type { RunContext } from './context.js';

/**
 * True where nobody asked for a reload and the definition says what it said: what is gone from the source then is gone unasked.
 * @param before undefined where nothing is loaded yet
 */
export function isContinued(
  { selection }: RunContext,
  step: PlanStep,
  source: Source,
  before: TableState | undefined,
): boolean {
  const isAsked = selection.reload.some((name) => name === source.name || name === source.table);
  return !isAsked && before?.fingerprint === step.fingerprint;
}
