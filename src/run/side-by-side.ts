/** Work on several things at once, of which the first failure ends the others. */
import { EtlError, toEtlError } from '../errors.js';
import type { RunContext } from './context.js';

/**
 * Starts `work` for all items and waits until every one has ended. Each gets a context whose signal aborts when another
 * fails. Errors: that of the first item that failed and was not merely cancelled.
 */
export async function sideBySide<T, R>(
  context: RunContext,
  items: readonly T[],
  work: (context: RunContext, item: T) => Promise<R>,
): Promise<readonly R[]> {
  const failed = new AbortController();
  const own = { ...context, signal: AbortSignal.any([context.signal, failed.signal]) };
  const ends = await Promise.allSettled(
    items.map(async (item) => {
      try {
        return await work(own, item);
      } catch (thrown) {
        failed.abort(new EtlError('CANCELLED', 'another source failed'));
        throw thrown;
      }
    }),
  );
  const errors = ends.flatMap((end) => (end.status === 'rejected' ? [toEtlError(end.reason)] : []));
  const cause = errors.find((error) => error.code !== 'CANCELLED') ?? errors[0];
  if (cause !== undefined) throw cause;
  return ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
}
