/** Compares the keys of a source with those of its staging: what is gone, what no read has brought, and what went back in time. */
import type { CursorValue } from '../engines/contract.js';
import { type DeleteSearch, type Detected, detectDeletes } from './detect-deletes.js';
import type { RowLoad } from './load-rows.js';
import { type Change, type Oddity, refuseOlder } from './regressed.js';

export interface KeyComparison {
  readonly detected: Detected | undefined;
  /** How many rows of the source no read has brought. */
  readonly unread: number;
  /** The least cursor of these; undefined where it is not known. */
  readonly leastUnread?: CursorValue | undefined;
}

export interface KeyWork extends RowLoad {
  readonly mode: 'whole' | 'incremental';
  readonly detect?: DeleteSearch | undefined;
  /** Given where all rows are compared as well. */
  readonly compare?: unknown;
  /** See `SourceDatabase.tableId`. */
  readonly tableId: string | undefined;
}

/**
 * In the snapshot that the rows were read from, so that none of theirs can be missing. Nothing is asked where it is not time to
 * look for deletes and nothing is odd. Errors: SOURCE_REGRESSED.
 * @param counts of what was read
 */
export async function compareKeys(
  work: KeyWork,
  { rows, bytes }: { readonly rows: number; readonly bytes: number },
  oddity: Oddity | undefined,
): Promise<KeyComparison> {
  const search = work.detect;
  const isLookedAt = search !== undefined && (search.isDue || oddity !== undefined);
  if (!isLookedAt || work.mode === 'whole') return { detected: undefined, unread: 0 };
  const onProgress = (keys: number, keyBytes: number) => work.onProgress(rows + keys, bytes + keyBytes);
  const load = { ...work, onProgress, warn: () => undefined, onZeroDates: undefined };
  const change = changeToLookAt(work, oddity);
  const cursor = change && storedCursor(work, search);
  const detected = await detectDeletes(load, search, rows, cursor);
  const isSame = detected.ranges?.numbers.length === 0;
  // Ranges in which staging alone has rows.
  const isGoneAlone = detected.keysRead === 0 && cursor === undefined;
  if (isSame || isGoneAlone) return { detected: search.isDue ? detected : undefined, unread: 0 };
  const versions = cursor && (await search.versions?.compare(work.columns, cursor, detected.ranges));
  // What a view or a query makes of several tables may go back by itself.
  if (versions && change && (await isTable(work))) {
    refuseOlder(work.source, work.read.cursor?.column ?? '', versions, change);
  }
  // Where deletes are ignored most of staging may be gone.
  const withGone = search.isDue && detected.ranges === undefined;
  const { unread, leastUnread, goneTable } = await search.compareKeys(work.columns, withGone);
  const isTold = search.isDue ? { ...detected, goneTable } : undefined;
  const others = versions ? versions.newer + versions.older : 0;
  return { detected: isTold, unread: unread + others, leastUnread: others > 0 ? undefined : leastUnread };
}

async function isTable({ tableId, snapshot, read }: KeyWork): Promise<boolean> {
  return tableId !== undefined || (await snapshot.hasUniqueKey?.(read)) === true;
}

/**
 * What calls for a look at the cursors as well, which takes longer: once, so that not each run has it until newer rows come. Of
 * a table that is known to be the same one, the newest rows were deleted.
 */
function changeToLookAt({ compare, tableId }: KeyWork, oddity: Oddity | undefined): Change | undefined {
  if (oddity === 'behind' || oddity === 'unmarked') return undefined;
  // Where all rows are compared, what went back is told as a difference, and can be mended.
  const isSettled = compare !== undefined || (oddity === 'newest' && tableId !== undefined);
  return isSettled ? undefined : oddity;
}

/** The cursor's name in staging. Undefined where staging has it not, or where it says no more than the key. */
function storedCursor({ read, columns }: KeyWork, search: DeleteSearch): string | undefined {
  if (read.cursor === undefined) return undefined;
  const name = read.columns.rename[read.cursor.column] ?? read.cursor.column;
  const column = columns.find((one) => one.name === name);
  return column === undefined || read.key.includes(name) || search.versions?.holds(column) !== true ? undefined : name;
}
