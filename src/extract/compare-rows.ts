/**
 * Compares the rows of a source with staging, by ranges of the key, and reads the rows of ranges that differ. Both are as of
 * the read's own snapshot: staging counts as it will be once the rows are merged that the read brought since the safe mark,
 * so that what the next run brings anyway is no difference, however busy the source is.
 */
import type { KeyRanges } from '../engines/ranges.js';
import type { Column } from '../engines/types.js';
import { findDiffering, type RangeSide } from './compare-ranges.js';
import { type Loader, loadRows, type RowLoad } from './load-rows.js';
import { toColumnRead } from './source-read.js';
import { sourceSide } from './source-side.js';

export interface RowComparison {
  /** Where the rows of ranges that differ go. */
  readonly rows: Loader;
  /** With `retention`: older rows may have been purged, so that they are not compared. UTC. */
  readonly since: string | undefined;
  /** Columns that staging has: others of the source are not compared. */
  readonly known: readonly string[];
  /** Staging as it will be once what this read brought is merged. */
  readonly staging: (columns: readonly Column[], rowsRead: number) => RangeSide;
}

export interface Compared {
  /** Where the sides differ, or cannot be told to agree; undefined where all rows had to be looked at. */
  readonly ranges: KeyRanges | undefined;
  /** The columns compared. */
  readonly columns: readonly Column[];
  readonly rowsCompared: number;
  /** Rows of the source that were read to see what differs. */
  readonly rowsLookedAt: number;
}

export async function compareRows(load: RowLoad, comparison: RowComparison, rowsRead: number): Promise<Compared> {
  const { read, columns } = load;
  const { columnRead, columns: common } = toColumnRead(read, columns, comparison.known);
  const sameRead = common.length === columns.length ? read : { ...columnRead, key: read.key };
  const found = await findDiffering(
    common,
    read.key,
    sourceSide({ ...load, read: sameRead, columns: common }, { content: 'row', since: comparison.since }),
    comparison.staging(common, rowsRead),
  );
  const { ranges, rowsCompared } = found;
  if (ranges?.numbers.length === 0) return { ranges, columns: common, rowsCompared, rowsLookedAt: 0 };
  const { load: _, loadAttached: __, goOn: ___, ...rest } = load;
  const within = ranges && { key: read.key, ranges };
  const loaded = await loadRows({ ...rest, ...comparison.rows, from: undefined, within });
  return { ranges, columns: common, rowsCompared, rowsLookedAt: loaded.rows };
}
