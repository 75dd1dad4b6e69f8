/** All that a report says of a source's read. */
import type { Capabilities } from '../engines/contract.js';
import type { Problem } from '../errors.js';
import { stagingWarnings } from '../load/staging-warnings.js';
import type { Target } from '../load/target.js';
import type { SourceRead } from './read-source.js';

export function readWarnings(
  { source, extracted }: SourceRead,
  target: Target,
  capabilities: Capabilities,
): readonly Problem[] {
  const messages = [...extracted.warnings, ...stagingWarnings(source, target, capabilities)];
  return messages.map((message) => ({ severity: 'warning', message, where: source.where }));
}
