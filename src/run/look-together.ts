/** First loads of one connection look ahead together, since a server says what is open only ten times a second. */
import { type LookedAhead, lookAhead } from '../extract/marks.js';
import { toSourceRead } from '../extract/source-read.js';
import type { PlanStep } from '../plan/types.js';
import type { RunContext } from './context.js';
import { sourceOf } from './read-source.js';
import type { SourceDatabases } from './source-databases.js';

/** One that begins later looks for itself: what changed since would all be read once more. */
const usableMs = 1000;

/**
 * What each of `steps` has seen. Nothing where one stands alone, has a cursor of its own kind, or the look failed: a read then looks for itself,
 * and its errors carry its name.
 */
export async function lookTogether(
  context: RunContext,
  databases: SourceDatabases,
  steps: readonly PlanStep[],
): Promise<(step: PlanStep) => LookedAhead | undefined> {
  const reads = steps.flatMap((step) => {
    const source = sourceOf(context, step);
    const read = toSourceRead(source);
    return read.cursor === undefined || read.cursor.unit === 'id' ? [] : [{ step, source, read, cursor: read.cursor }];
  });
  const [one, another] = reads;
  if (one === undefined || another === undefined) return () => undefined;
  const looked = await databases
    .open(one.source)
    .then((database) => lookAhead(database, reads, context.signal))
    .catch(() => []);
  const endedAt = performance.now();
  const found = new Map(looked.map((look, index) => [reads[index]?.step, look]));
  return (step) => (performance.now() - endedAt < usableMs ? found.get(step) : undefined);
}
