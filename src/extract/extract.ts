/** Reads one source, so that no row is lost (design 4.1): clock, what is still open, snapshot, rows, clock. */
import type {
  Attachment,
  CursorDefinition,
  CursorValue,
  LoadResult,
  OpenWork,
  SourceDatabase,
  SourceRead,
  SourceSnapshot,
} from '../engines/contract.js';
import type { Column, RowBatch } from '../engines/types.js';
import { EtlError } from '../errors.js';
import type { Source } from '../pipeline/types.js';
import { compareCursors, cursorAt, laterCursor, shiftClock } from './clock.js';
import { beforeSnapshot, firstSafe, lookAhead } from './marks.js';
import { refuseNullCursors, zeroDatesFound } from './odd-values.js';
import { toKeyRead, toSourceRead } from './source-read.js';
import { nextSafe, readFrom, recordsSinceReload, type WatermarkRecord } from './watermark.js';

/** Fills one work table. */
export interface Loader {
  readonly load: (columns: readonly Column[], batches: AsyncIterable<RowBatch>) => Promise<LoadResult>;
  /** Given where the warehouse can attach the database. */
  readonly loadAttached?: (
    columns: readonly Column[],
    attachment: Attachment,
    select: (alias: string) => string,
  ) => Promise<LoadResult>;
}

export interface ExtractRequest extends Loader {
  readonly source: Source;
  readonly database: SourceDatabase;
  /** Earlier finished reads, oldest first. */
  readonly records: readonly WatermarkRecord[];
  /** `whole` reads everything and forgets the marks. */
  readonly mode: 'whole' | 'incremental';
  /** Columns that staging has; an incremental read that finds further ones reads all rows, to fill them. */
  readonly knownColumns?: readonly string[] | undefined;
  readonly batch: number;
  readonly settings: { readonly batchRows: number; readonly batchBytes: number };
  /** Where all keys go, of the same snapshot, given that the deletes of the source are to be looked for. */
  readonly keys?: Loader | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (rows: number, bytes: number) => void;
  readonly onWarning: (text: string) => void;
}

export interface Extracted {
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly bytes: number;
  /** Undefined for a source without a cursor. */
  readonly record: WatermarkRecord | undefined;
  /** True where these rows are all there are: what is not among them is gone. */
  readonly whole: boolean;
  /** How many keys the source has, where they were read. */
  readonly keysRead?: number | undefined;
  readonly warnings: readonly string[];
}

/**
 * Reads one source into `load`. What has not been committed together with the returned record does not count.
 * Errors: SOURCE_REGRESSED, CANCELLED, those of the source and of `load`.
 */
export async function extractSource(request: ExtractRequest): Promise<Extracted> {
  const warnings: string[] = [];
  const warn = (text: string): void => {
    warnings.push(text);
    request.onWarning(text);
  };
  const read = toSourceRead(request.source);
  const columns = await request.database.describe(read);
  if (read.cursor === undefined) return { ...(await extractWhole(request, read, columns, warn)), warnings };
  const extracted = await extractByCursor({ ...request, ...marks(request, columns, read.cursor) }, read, columns, warn);
  return { ...extracted, warnings };
}

type Warn = (text: string) => void;
type Loaded = Omit<Extracted, 'warnings'>;
type CursorRequest = ExtractRequest & { readonly from: CursorValue | undefined };

function marks(request: ExtractRequest, columns: readonly Column[], cursor: CursorDefinition) {
  if (request.mode === 'whole') return { records: [], from: undefined };
  const known = request.knownColumns;
  const widened = known !== undefined && columns.some(({ name }) => !known.includes(name));
  const from = readFrom(request.records, request.source.incremental?.lookback ?? 0, cursor);
  return { records: recordsSinceReload(request.records), from: widened ? undefined : from };
}

async function extractWhole(
  request: ExtractRequest,
  read: SourceRead,
  columns: readonly Column[],
  warn: Warn,
): Promise<Loaded> {
  const snapshot = await request.database.snapshot();
  try {
    return {
      columns,
      ...(await loadRows(request, snapshot, read, columns, undefined, warn)),
      record: undefined,
      whole: true,
    };
  } finally {
    await snapshot.close();
  }
}

async function extractByCursor(
  request: CursorRequest,
  read: SourceRead,
  columns: readonly Column[],
  warn: Warn,
): Promise<Loaded> {
  const { database, records, from, batch } = request;
  const first = records.length > 0 ? undefined : await lookAhead(database, read, request.signal);
  const looks = first === undefined ? records : [first.look];
  const { cap, open } = first ?? (await beforeSnapshot(database, read));
  if (open.protection === 'lookback') warn(lookbackOnly(request.source));
  const snapshot = await database.snapshot();
  try {
    await refuseNullCursors(request.source, snapshot, read, columns, request.signal);
    const newest = await snapshot.maxCursor(read, undefined);
    await assertNotRegressed(request, read, newest);
    const seen = cap === undefined ? newest : await snapshot.maxCursor(read, cap);
    const loaded = await loadRows(request, snapshot, read, columns, from, warn);
    const keysRead = await loadKeys(request, snapshot, read, columns, loaded);
    const endedAt = await database.clock();
    warnOfFuture(newest, endedAt, read, warn);
    const { serverId } = database;
    const current = { horizon: open.horizon, serverId };
    const safe = nextSafe(records, current, looks) ?? (await firstSafe(snapshot, read, open));
    const heldBy = (looks.at(-1)?.endedAt ?? '') < open.horizon ? undefined : holder(open);
    const record = { batch, from, seen, safe, ...current, endedAt, heldBy };
    return { columns, ...loaded, keysRead, record, whole: request.mode === 'whole' };
  } finally {
    await snapshot.close();
  }
}

async function loadRows(
  request: ExtractRequest,
  snapshot: SourceSnapshot,
  read: SourceRead,
  columns: readonly Column[],
  from: CursorValue | undefined,
  warn: Warn,
): Promise<LoadResult> {
  const { load, loadAttached, settings, signal } = request;
  const { attachment } = snapshot;
  if (attachment !== undefined && loadAttached !== undefined) {
    const loaded = await loadAttached(columns, attachment, (alias) => attachment.select(read, columns, from, alias));
    request.onProgress(loaded.rows, loaded.bytes);
    return loaded;
  }
  const counts = { rows: 0, bytes: 0, zeroDates: 0 };
  const batches = snapshot.read(read, columns, { ...settings, from, signal });
  const loaded = await load(columns, counted(batches, counts, request));
  if (counts.zeroDates > 0) warn(`${counts.zeroDates} zero dates of ${request.source.name} arrived as NULL`);
  return loaded;
}

/** All keys of the snapshot that the rows were read from, so that no row of theirs can be missing. */
async function loadKeys(
  request: CursorRequest,
  snapshot: SourceSnapshot,
  read: SourceRead,
  columns: readonly Column[],
  loaded: LoadResult,
): Promise<number | undefined> {
  if (request.keys === undefined || request.mode === 'whole') return undefined;
  const { keyRead, keyColumns } = toKeyRead(read, columns);
  const { loadAttached: _, ...rest } = request;
  const keyRequest = {
    ...rest,
    ...request.keys,
    onProgress: (rows: number, bytes: number) => request.onProgress(loaded.rows + rows, loaded.bytes + bytes),
  };
  return (await loadRows(keyRequest, snapshot, keyRead, keyColumns, undefined, () => undefined)).rows;
}

async function* counted(
  batches: AsyncIterable<RowBatch>,
  counts: { rows: number; bytes: number; zeroDates: number },
  { source, onProgress }: Pick<ExtractRequest, 'source' | 'onProgress'>,
): AsyncGenerator<RowBatch> {
  for await (const batch of batches) {
    counts.rows += batch.rows.length;
    counts.bytes += batch.bytes;
    counts.zeroDates += batch.zeroDates ?? 0;
    if (counts.zeroDates > 0 && source.zeroDates === 'error') throw zeroDatesFound(source);
    yield batch;
    onProgress(counts.rows, counts.bytes);
  }
}

/** The newest row may simply have been deleted; a source that went back in time shows in more than that. */
async function assertNotRegressed(
  request: CursorRequest,
  read: SourceRead,
  newest: CursorValue | undefined,
): Promise<void> {
  const { records, database, source } = request;
  const last = records.at(-1);
  const seen = records.reduce<CursorValue | undefined>((found, record) => laterCursor(found, record.seen), undefined);
  if (last === undefined || seen === undefined) return;
  if (newest !== undefined && compareCursors(newest, seen) >= 0) return;
  const why =
    last.serverId !== database.serverId ? 'another server answers now' : await database.newSince?.(read, last.endedAt);
  const kept =
    source.appendOnly || (source.deletes.policy === 'soft_column' && source.deletes.detectEveryMs === undefined)
      ? 'its rows are never removed, says its definition'
      : undefined;
  if (why === undefined && kept === undefined) return;
  throw new EtlError(
    'SOURCE_REGRESSED',
    `${source.name} went back in time: its newest ${read.cursor?.column} is ${newest ?? 'none'}, but ${seen} was read before (${why ?? kept})`,
    { where: source.where, hint: `if that is meant, read it anew: chat-etl run --reload ${source.name}` },
  );
}

function warnOfFuture(newest: CursorValue | undefined, endedAt: string, read: SourceRead, warn: Warn): void {
  if (read.cursor === undefined || newest === undefined) return;
  const slackMs = read.cursor.timezone === 'UTC' ? 1000 : 3 * 3_600_000;
  const now = cursorAt(shiftClock(endedAt, slackMs), read.cursor);
  if (now === undefined || compareCursors(newest, now) <= 0) return;
  warn(`rows have a ${read.cursor.column} in the future, up to ${newest}; each run reads them again until then`);
}

function lookbackOnly(source: Source): string {
  const lookback = source.incremental?.lookback ?? 0;
  const rests =
    lookback > 0
      ? 'its lookback alone protects from late commits'
      : 'it has no lookback, so late commits can be missed';
  return `what is open on the server of ${source.name} cannot be listed (PROCESS is missing, or it is a replica): ${rests}`;
}

function holder({ oldest }: OpenWork): string | undefined {
  return oldest && `${oldest.id}, open for ${oldest.ageSeconds} s (${oldest.state})`;
}
