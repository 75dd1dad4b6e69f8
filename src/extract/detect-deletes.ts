/** Finds out what is gone from a source: ranges of its key that hold the same rows as staging are not looked at any further. */
import type { KeyRanges, SummaryRequest } from '../engines/ranges.js';
import type { CursorValue } from '../engines/source-contract.js';
import type { Column } from '../engines/types.js';
import { findDiffering, type RangeSide } from './compare-ranges.js';
import { type Loader, loadRows, type RowLoad } from './load-rows.js';
import type { OtherVersions } from './regressed.js';
import { toColumnRead } from './source-read.js';
import { liveConditions, sinceConditions, sourceSide } from './source-side.js';

export interface DeleteSearch {
  /** False where keys are compared only to find rows that no read has brought. */
  readonly isDue: boolean;
  /** Where the keys of ranges that differ go. */
  readonly keys: Loader;
  /** With `retention`: older rows may have been purged, so that they are not compared. UTC. */
  readonly since: string | undefined;
  /** Staging as it will be once what this read brought is merged. */
  readonly staging: (columns: readonly Column[], rowsRead: number, content: SummaryRequest['content']) => RangeSide;
  /** True where keys of text are read whole sooner than parts of their hashes are compared. */
  readonly isReadSooner: boolean;
  /** True where all keys are read sooner than summed up. */
  readonly areReadAtOnce: (columns: readonly Column[]) => Promise<boolean>;
  /** What takes all keys of the source, given its columns, and compares them on their way; undefined where they go into `keys`. */
  readonly beside: (columns: readonly Column[]) => BesideStaging | undefined;
  /** Compares the keys that were read, given the source's columns. @param withGone true where those that are gone may be noted too: all keys were read */
  readonly compareKeys: (columns: readonly Column[], withGone: boolean) => Promise<KeyFindings>;
  /** Given where it can be told that rows went back in time. */
  readonly versions?: VersionSearch;
}

export interface VersionSearch {
  /** True where staging has the column as the source has it. */
  readonly holds: (column: Column) => boolean;
  /** Compares the cursors that were read beside the keys, which are left as they are. @param cursor its name in staging */
  readonly compare: (
    columns: readonly Column[],
    cursor: string,
    ranges: KeyRanges | undefined,
  ) => Promise<OtherVersions>;
}

export interface BesideStaging extends Pick<Loader, 'load'> {
  /** True once too many differed to be kept. */
  readonly isGivenUp: boolean;
}

/** What the keys of a source say beside its staging. */
export interface KeyFindings {
  /** How many are in neither staging nor the rows that were read. */
  readonly unread: number;
  /** The least of their cursors, where the key holds it. */
  readonly leastUnread?: CursorValue | undefined;
  /** The work table of staging's keys that the source has no more, where they were looked for. */
  readonly goneTable?: string;
}

export interface Detected {
  /** How many keys had to be read. */
  readonly keysRead: number;
  /** The ranges whose keys were read; undefined where all were. */
  readonly ranges: KeyRanges | undefined;
  /** The source's columns, which the ranges rest on. */
  readonly columns: readonly Column[];
  /** As of `KeyFindings`. */
  readonly goneTable?: string | undefined;
}

/**
 * From the snapshot that the rows of `load` were read from: whatever staging holds in these ranges beyond the keys that are
 * read here is gone.
 * @param cursor where rows are to be compared by key and cursor, and both are to be read: its name in staging
 */
export async function detectDeletes(
  load: RowLoad,
  search: DeleteSearch,
  rowsRead: number,
  cursor?: string,
): Promise<Detected> {
  const { columns } = load;
  if (cursor !== undefined)
    return readRanges(load, search, await differingVersions(load, search, rowsRead, cursor), cursor);
  // Where deletes are ignored most of staging may be gone.
  const beside = search.isDue ? search.beside(columns) : undefined;
  if (beside !== undefined) {
    const keysRead = await readKeys(load, beside, { ofKeyOrder: true });
    if (!beside.isGivenUp) return { keysRead, ranges: undefined, columns };
  }
  const ranges = (await search.areReadAtOnce(columns)) ? undefined : await differingRanges(load, search, rowsRead);
  return readRanges(load, search, ranges);
}

async function readRanges(
  load: RowLoad,
  search: DeleteSearch,
  ranges: KeyRanges | undefined,
  cursor?: string,
): Promise<Detected> {
  const { columns } = load;
  if (ranges?.numbers.length === 0) return { keysRead: 0, ranges, columns };
  return { keysRead: await readKeys(load, search.keys, { ranges, cursor }), ranges, columns };
}

interface WhichKeys {
  /** All where undefined. */
  readonly ranges?: KeyRanges | undefined;
  /** True where they come in the order of the key, if an index has it. */
  readonly ofKeyOrder?: boolean;
  /** Read beside them. */
  readonly cursor?: string | undefined;
}

/** How many there were. */
async function readKeys(
  load: RowLoad,
  keys: Pick<Loader, 'load'>,
  { ranges, ofKeyOrder = false, cursor }: WhichKeys,
): Promise<number> {
  const { source, read, columns } = load;
  const mark = source.deletes.policy === 'soft_column' ? [source.deletes.column] : [];
  const beside = cursor === undefined ? mark : [...mark, cursor];
  const { columnRead, columns: wanted } = toColumnRead(read, columns, [...read.key, ...beside]);
  const { load: _, loadAttached: __, goOn: ___, ...rest } = load;
  const loaded = await loadRows({
    ...rest,
    ...keys,
    read: ofKeyOrder ? { ...columnRead, key: read.key } : columnRead,
    columns: wanted,
    from: undefined,
    within: ranges && { key: read.key, ranges },
  });
  return loaded.rows;
}

async function differingRanges(load: RowLoad, search: DeleteSearch, rowsRead: number): Promise<KeyRanges | undefined> {
  const { read, columns } = load;
  const source = sourceSide(load, { content: 'key', since: search.since });
  const { ranges } = await findDiffering(
    columns,
    read.key,
    source,
    search.staging(columns, rowsRead, 'key'),
    search.isReadSooner,
  );
  return ranges;
}

/** Beside key and cursor there are the columns that say which rows are compared. */
async function differingVersions(
  load: RowLoad,
  search: DeleteSearch,
  rowsRead: number,
  cursor: string,
): Promise<KeyRanges | undefined> {
  const { source, read } = load;
  const { since } = search;
  const conditions = [...liveConditions(source), ...sinceConditions(source, since)].map(({ column }) => column);
  const { columnRead, columns } = toColumnRead(read, load.columns, [...read.key, cursor, ...conditions]);
  const { ranges } = await findDiffering(
    columns,
    read.key,
    sourceSide({ ...load, read: { ...columnRead, key: read.key }, columns }, { content: 'row', since }),
    search.staging(columns, rowsRead, 'row'),
    search.isReadSooner,
  );
  return ranges;
}
