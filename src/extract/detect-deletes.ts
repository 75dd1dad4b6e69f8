/** Finds out what is gone from a source: ranges of its key that hold the same rows as staging are not looked at any further. */
import type { KeyRanges } from '../engines/ranges.js';
import type { Column } from '../engines/types.js';
import { findDiffering, type RangeSide } from './compare-ranges.js';
import { type Loader, loadRows, type RowLoad } from './load-rows.js';
import { toColumnRead } from './source-read.js';
import { sourceSide } from './source-side.js';

export interface DeleteSearch {
  /** False where keys are compared only to find rows that no read has brought. */
  readonly isDue: boolean;
  /** Where the keys of ranges that differ go. */
  readonly keys: Loader;
  /** With `retention`: older rows may have been purged, so that they are not compared. UTC. */
  readonly since: string | undefined;
  /** Staging as it will be once what this read brought is merged. */
  readonly staging: (columns: readonly Column[], rowsRead: number) => RangeSide;
  /** True where keys of text are read whole sooner than parts of their hashes are compared. */
  readonly isReadSooner: boolean;
  /** How many of the keys are in neither staging nor the rows that were read, given the source's columns. */
  readonly countUnread: (columns: readonly Column[]) => Promise<number>;
}

export interface Detected {
  /** How many keys had to be read. */
  readonly keysRead: number;
  /** The ranges whose keys were read; undefined where all were. */
  readonly ranges: KeyRanges | undefined;
  /** The source's columns, which the ranges rest on. */
  readonly columns: readonly Column[];
}

/**
 * From the snapshot that the rows of `load` were read from: whatever staging holds in these ranges beyond the keys that are
 * read here is gone.
 */
export async function detectDeletes(load: RowLoad, search: DeleteSearch, rowsRead: number): Promise<Detected> {
  const { source, read, columns } = load;
  const { ranges } = await findDiffering(
    columns,
    read.key,
    sourceSide(load, { content: 'key', since: search.since }),
    search.staging(columns, rowsRead),
    search.isReadSooner,
  );
  if (ranges?.numbers.length === 0) return { keysRead: 0, ranges, columns };
  const mark = source.deletes.policy === 'soft_column' ? [source.deletes.column] : [];
  const { columnRead, columns: wanted } = toColumnRead(read, columns, [...read.key, ...mark]);
  const { load: _, loadAttached: __, goOn: ___, ...rest } = load;
  const within = ranges && { key: read.key, ranges };
  const loaded = await loadRows({
    ...rest,
    ...search.keys,
    read: columnRead,
    columns: wanted,
    from: undefined,
    within,
  });
  return { keysRead: loaded.rows, ranges, columns };
}
