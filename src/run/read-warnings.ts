/** All that a report says of a source's read. */
import type { Capabilities } from '../engines/contract.js';
import type { Problem } from '../errors.js';
import type { RowCounts } from '../load/apply.js';
import { stagingWarnings } from '../load/staging-warnings.js';
import type { Target } from '../load/target.js';
import type { SourceRead } from './read-source.js';

export function readWarnings(
  { source, extracted }: SourceRead,
  target: Target,
  capabilities: Capabilities,
  { deleted }: RowCounts,
): readonly Problem[] {
  const isEmptied = extracted.whole && extracted.rows === 0 && deleted > 0;
  const messages = [
    ...extracted.warnings,
    ...stagingWarnings(source, target, capabilities),
    ...(isEmptied ? [`${source.name} is empty now: its ${deleted} rows left ${source.table}`] : []),
  ];
  return messages.map((message) => ({ severity: 'warning', message, where: source.where }));
}
