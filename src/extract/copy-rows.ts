/** The rows of a first load, copied by a warehouse that is on the same server. */
import type { LoadResult } from '../engines/contract.js';
import type { RowLoad } from './load-rows.js';

/**
 * Undefined where they must be read. What is copied is as of later moments than the snapshot, in each of which the source was
 * whole: what changed in between has a cursor above the mark, and is read again.
 */
export async function copyRows(load: RowLoad): Promise<LoadResult | undefined> {
  const { snapshot, read, columns, copy, signal, onProgress } = load;
  if (copy === undefined) return undefined;
  const table = await snapshot.copyable?.(read, columns);
  if (table === undefined) return undefined;
  return copy(columns, table, (rows, bytes) => {
    signal.throwIfAborted();
    onProgress(rows, bytes);
  });
}
