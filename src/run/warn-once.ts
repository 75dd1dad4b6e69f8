/** Warnings of a run as a whole. */
import { maskSecrets } from '../mask.js';
import type { RunContext } from './context.js';

/** Said once a run, however many steps notice it; without secrets. */
export function warnOnce({ warnings, emit, config }: RunContext, text: string): void {
  const message = maskSecrets(text, config.secrets);
  if (warnings.some((warning) => warning.message === message)) return;
  warnings.push({ severity: 'warning', message });
  emit({ type: 'warning', step: undefined, message });
}
