/** `retention`: what an old row's absence says. */
import type { Source } from '../pipeline/types.js';
import { utcText } from './clock.js';

/** Rows that were older than this when the run began may have been purged in the source; UTC. */
export function purgedBefore({ retention }: Source, startedAt: Date): string | undefined {
  return retention && utcText(new Date(startedAt.getTime() - retention.afterMs));
}
