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
  /** True where all keys are read sooner than summed up. */
  readonly areReadAtOnce: (columns: readonly Column[]) => Promise<boolean>;
  /** What takes all keys of the source, given its columns, and compares them on their way; undefined where they go into `keys`. */
  readonly beside: (columns: readonly Column[]) => BesideStaging | undefined;
  /** Compares the keys that were read, given the source's columns. @param withGone true where those that are gone may be noted too: all keys were read */
  readonly compareKeys: (columns: readonly Column[], withGone: boolean) => Promise<KeyFindings>;
}

export interface BesideStaging extends Pick<Loader, 'load'> {
  /** True once too many differed to be kept. */
  readonly isGivenUp: boolean;
}

/** What the keys of a source say beside its staging. */
export interface KeyFindings {
  /** How many are in neither staging nor the rows that were read. */
  readonly unread: number;
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
 */
export async function detectDeletes(load: RowLoad, search: DeleteSearch, rowsRead: number): Promise<Detected> {
  const { columns } = load;
  // Where deletes are ignored most of staging may be gone.
  const beside = search.isDue ? search.beside(columns) : undefined;
  if (beside !== undefined) {
    const keysRead = await readKeys(load, beside, { ofKeyOrder: true });
    if (!beside.isGivenUp) return { keysRead, ranges: undefined, columns };
  }
  const ranges = (await search.areReadAtOnce(columns)) ? undefined : await differingRanges(load, search, rowsRead);
  if (ranges?.numbers.length === 0) return { keysRead: 0, ranges, columns };
  return { keysRead: await readKeys(load, search.keys, { ranges }), ranges, columns };
}

interface WhichKeys {
  /** All where undefined. */
  readonly ranges?: KeyRanges | undefined;
  /** True where they come in the order of the key, if an index has it. */
  readonly ofKeyOrder?: boolean;
}

/** How many there were. */
async function readKeys(
  load: RowLoad,
  keys: Pick<Loader, 'load'>,
  { ranges, ofKeyOrder = false }: WhichKeys,
): Promise<number> {
  const { source, read, columns } = load;
  const mark = source.deletes.policy === 'soft_column' ? [source.deletes.column] : [];
  const { columnRead, columns: wanted } = toColumnRead(read, columns, [...read.key, ...mark]);
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
    search.staging(columns, rowsRead),
    search.isReadSooner,
  );
  return ranges;
}
