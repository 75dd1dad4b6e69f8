/** Warnings of a run as a whole. */
import { maskSecrets } from '../mask.js';
import type { RunContext } from './context.js';

/** What was said of each run. */
const said = new WeakMap<RunContext['warnings'], Set<string>>();

/**
 * Said once a run, however many steps notice it; without secrets.
 * @param matter what makes it the same, where the text has numbers that differ from one step to the next
 */
export function warnOnce({ warnings, emit, config }: RunContext, text: string, matter = text): void {
  const matters = said.get(warnings) ?? new Set();
  said.set(warnings, matters);
  if (matters.has(matter)) return;
  matters.add(matter);
  const message = maskSecrets(text, config.secrets);
  warnings.push({ severity: 'warning', message });
  emit({ type: 'warning', step: undefined, message });
}
