/** Reads one source, so that no row is lost (design 4.1): clock, what is still open, snapshot, rows, clock. */
import type {
  CursorDefinition,
  CursorValue,
  KeyedTable,
  OpenWork,
  SourceDatabase,
  SourceRead,
} from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { Source } from '../pipeline/types.js';
import { compareCursors, takeOff } from './clock.js';
import { compareKeys } from './compare-keys.js';
import { type Compared, compareRows, type RowComparison } from './compare-rows.js';
import { copyRows } from './copy-rows.js';
import type { DeleteSearch, Detected } from './detect-deletes.js';
import { type Endurance, goingOn } from './go-on.js';
import { type Loader, loadRows, type RowLoad } from './load-rows.js';
import { capOf, firstSafe, holder, type LookedAhead, lookAhead, type SourceView, withView } from './marks.js';
import { requireColumns } from './needed-columns.js';
import { refuseNullCursors, ZeroDates, zeroDatesArrived } from './odd-values.js';
import { futureCursors, oddityOf, refuseRegressed, strangeReads } from './regressed.js';
import { toColumnRead, toSourceRead } from './source-read.js';
import { type Look, nextSafe, readFrom, recordsSinceReload, type WatermarkRecord } from './watermark.js';

export interface ExtractRequest extends Loader {
  readonly source: Source;
  readonly database: SourceDatabase;
  /** Earlier finished reads, oldest first. */
  readonly records: readonly WatermarkRecord[];
  /** `whole` reads everything and forgets the marks. */
  readonly mode: 'whole' | 'incremental';
  /** Columns that staging has; of further ones an incremental read brings the values of all rows. */
  readonly knownColumns?: readonly string[] | undefined;
  readonly batch: number;
  readonly settings: RowLoad['settings'];
  /** Given where the deletes of the source are to be looked for. */
  readonly detect?: DeleteSearch | undefined;
  /** Given where the rows are to be compared with staging. */
  readonly compare?: RowComparison | undefined;
  /** Where the key and the new columns of all rows go, of the same snapshot; without it new columns have all rows read. */
  readonly backfill?: Loader | undefined;
  /** Given where a read of all rows may outlive its transaction. */
  readonly endurance?: Endurance | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (rows: number, bytes: number) => void;
  /** Told how many rows a comparison with staging has summed up so far. */
  readonly onCompared?: ((rows: number) => void) | undefined;
  readonly onWarning: (text: string) => void;
}

export interface Extracted {
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly bytes: number;
  /** The rows' work table, where it was filled by its key. */
  readonly keyed?: KeyedTable | undefined;
  /** Undefined for a source without a cursor. */
  readonly record: WatermarkRecord | undefined;
  /** What was open before the snapshot, and what the answer rests on; undefined where nobody asked. */
  readonly open?: OpenWork | undefined;
  /** True where these rows are all there are: what is not among them is gone. */
  readonly whole: boolean;
  /** Where its deletes were looked for, in the same snapshot. */
  readonly detected?: Detected | undefined;
  /** Where its rows were compared, in the same snapshot. */
  readonly compared?: Compared | undefined;
  /** True where the rows are of several moments, in each of which the source was whole. */
  readonly isOfSeveralMoments?: boolean | undefined;
  /** New columns whose values of all rows were read into `backfill`. */
  readonly backfilled?: readonly string[] | undefined;
  readonly warnings: readonly string[];
  /** How many zero dates arrived as NULL. */
  readonly zeroDates: number;
}

/**
 * Reads one source into `load`, from a view of its own. What has not been committed together with the returned record does
 * not count. Errors: SOURCE_REGRESSED, CANCELLED, those of the source and of `load`.
 * @param looked where a first read has looked ahead already
 */
export async function extractSource(request: ExtractRequest, looked?: LookedAhead): Promise<Extracted> {
  const { database, signal } = request;
  const read = toSourceRead(request.source);
  const { cursor } = read;
  if (cursor === undefined || countingRecords(request).length > 0) {
    return withView(database, (view) => extractFrom(request, view));
  }
  const first = looked ?? (await lookAhead(database, [{ read, cursor }], signal))[0];
  return withView(database, (view) => extractFrom(request, view, first?.look), first);
}

/**
 * The same from a view that several sources share, one after the other.
 * @param look at the source before the view, where there is no earlier read to lean on
 */
export async function extractFrom(request: ExtractRequest, view: SourceView, look?: Look): Promise<Extracted> {
  const warnings: string[] = [];
  const warn = (text: string): void => {
    warnings.push(text);
    request.onWarning(text);
  };
  const read = toSourceRead(request.source);
  const columns = await view.snapshot.describe(read);
  requireColumns(request.source, columns);
  const { snapshot } = view;
  const zeroDates = new ZeroDates();
  const onZeroDates = (count: number) => zeroDates.add(count);
  const work: Work = { ...request, read, columns, view, snapshot, from: undefined, warn, zeroDates, onZeroDates };
  const { cursor } = read;
  const loaded = cursor === undefined ? await extractWhole(work) : await extractByCursor(work, cursor, look);
  if (zeroDates.count > 0) warn(zeroDatesArrived(request.source, zeroDates.count));
  return { columns, ...loaded, warnings, zeroDates: zeroDates.count };
}

type Work = ExtractRequest & RowLoad & { readonly view: SourceView; readonly zeroDates: ZeroDates };
type Loaded = Omit<Extracted, 'columns' | 'warnings' | 'zeroDates'>;

async function extractWhole(work: Work): Promise<Loaded> {
  const loaded = await loadRows({ ...work, uniqueKey: await uniqueKeyOf(work) });
  return { ...loaded, record: undefined, whole: true };
}

async function extractByCursor(work: Work, cursor: CursorDefinition, look: Look | undefined): Promise<Loaded> {
  const { database, source, read, columns, view, snapshot, warn, signal } = work;
  const { open } = view;
  const earlier = work.mode === 'whole' ? [] : recordsSinceReload(work.records);
  const records = countingRecords(work);
  const added = newColumns(work);
  const { start, isUnmarked } = startOf(work, records, cursor, added);
  await refuseNullCursors(source, snapshot, read, columns, signal);
  // The view keeps the table from being made anew.
  const [newest, tableId] = await Promise.all([snapshot.maxCursor(read, undefined), database.tableId?.(read)]);
  await refuseRegressed({ source, database, read, records: earlier, tableId, isLate: open.isLate }, newest);
  for (const text of strangeReads(work, earlier, newest)) warn(text);
  const cap = capOf(view, cursor);
  const isBelow = cap === undefined || (newest !== undefined && compareCursors(newest, cap) <= 0);
  const seen = isBelow ? newest : await snapshot.maxCursor(read, cap);
  const looks = look === undefined ? records : [look];
  const current = { horizon: open.horizon, serverId: database.serverId };
  const safe = nextSafe(records, current, looks) ?? (await firstSafe(view, read, cursor));
  const enduring =
    work.mode === 'whole' && work.endurance ? await goingOn({ ...work, tableId }, work.endurance) : undefined;
  const uniqueKey = work.mode === 'whole' ? await uniqueKeyOf(work) : undefined;
  const copied = uniqueKey && (await copyRows(work));
  const isOddLooking = start !== undefined && open.isLate !== true;
  const strange = isOddLooking ? oddityOf({ database, read, records, tableId }, newest) : undefined;
  const load = async () => copied ?? (await loadRows({ ...work, from: start, goOn: enduring?.batches, uniqueKey }));
  const [first, oddity] = await Promise.all([load(), strange]);
  const keys = await compareKeys({ ...work, tableId }, first, oddity ?? (isUnmarked ? 'unmarked' : undefined));
  const { detected } = keys;
  const again = isUnmarked ? keys.leastUnread : undefined;
  const [from, loaded] = keys.unread === 0 ? [start, first] : [again, await readAgain(work, keys.unread, again)];
  const compared =
    work.compare &&
    (await compareRows({ ...work, warn: () => undefined, onZeroDates: undefined }, work.compare, loaded.rows));
  const backfilled = from === undefined ? undefined : await loadNewColumns(work, added, loaded);
  const endedAt = await database.clock();
  const future = futureCursors(read, newest, endedAt);
  if (future !== undefined) warn(future);
  const heldBy = (looks.at(-1)?.endedAt ?? '') < open.horizon ? undefined : holder(open);
  const record = { batch: work.batch, from, seen, safe, ...current, endedAt, heldBy, tableId };
  const isOfSeveralMoments = copied !== undefined || (enduring?.snapshots() ?? 1) > 1;
  return { ...loaded, record, open, detected, compared, backfilled, isOfSeveralMoments, whole: work.mode === 'whole' };
}

async function uniqueKeyOf({ snapshot, read }: Work): Promise<readonly string[] | undefined> {
  return (await snapshot.hasUniqueKey?.(read)) === true ? read.key : undefined;
}

/** The reads that this one leans on: another server's say nothing of what may still be committed on this one. */
function countingRecords({ mode, records, database }: ExtractRequest): readonly WatermarkRecord[] {
  if (mode === 'whole') return [];
  return recordsSinceReload(records).filter(({ serverId }) => serverId === database.serverId);
}

/** Columns that staging does not have yet. */
function newColumns({ mode, knownColumns, columns }: Work): readonly Column[] {
  if (mode === 'whole' || knownColumns === undefined) return [];
  return columns.filter(({ name }) => !knownColumns.includes(name));
}

/**
 * Where the read begins; undefined for all rows. Ids tell no time, so that they have no mark while a transaction older than
 * their first read is open: what it commits below the newest id is then found by comparing keys.
 */
function startOf(
  work: Work,
  records: readonly WatermarkRecord[],
  cursor: CursorDefinition,
  added: readonly Column[],
): Start {
  const { source, view, detect, backfill } = work;
  if (added.length > 0 && backfill === undefined) return { start: undefined, isUnmarked: false };
  const lookback = source.incremental?.lookback ?? 0;
  const lagMs = cursor.unit === 'id' ? 0 : (view.open.lagSeconds ?? 0) * 1000;
  const start = readFrom(records, lookback + lagMs, cursor);
  const seen = records.at(-1)?.seen;
  const isUnmarked = start === undefined && seen !== undefined && cursor.unit === 'id' && detect !== undefined;
  return isUnmarked ? { start: takeOff(seen, lookback, cursor), isUnmarked } : { start, isUnmarked };
}

interface Start {
  readonly start: CursorValue | undefined;
  readonly isUnmarked: boolean;
}

/** All rows, in the place of those from the mark on; those from `from` on where no other can be missing. */
async function readAgain(work: Work, unread: number, from: CursorValue | undefined): Promise<Counts> {
  const rows = unread === 1 ? '1 row' : `${unread} rows`;
  if (from === undefined) {
    work.warn(
      `${work.source.name} has ${rows} below its mark that no read had brought (was it filled anew, or are rows stamped late?): all rows were read again`,
    );
  }
  work.zeroDates.beginAgain();
  return loadRows({ ...work, from, warn: () => undefined });
}

/** The values that new columns have in rows whose cursor has not moved: a column added with a default moves none. */
async function loadNewColumns(
  work: Work,
  added: readonly Column[],
  loaded: Counts,
): Promise<readonly string[] | undefined> {
  if (work.backfill === undefined || added.length === 0) return undefined;
  const names = added.map(({ name }) => name);
  const { columnRead, columns } = toColumnRead(work.read, work.columns, [...work.source.key, ...names]);
  await loadBeside(work, work.backfill, columnRead, columns, loaded);
  return names;
}

type Counts = { readonly rows: number; readonly bytes: number };

/** A second read of the snapshot, into a work table of its own. */
function loadBeside(work: Work, loader: Loader, read: SourceRead, columns: readonly Column[], loaded: Counts) {
  const { load: _, loadAttached: __, ...rest } = work;
  return loadRows({
    ...rest,
    ...loader,
    read,
    columns,
    from: undefined,
    onProgress: (rows, bytes) => work.onProgress(loaded.rows + rows, loaded.bytes + bytes),
    warn: () => undefined,
  });
}
