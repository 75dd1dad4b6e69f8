/** What the newest cursor of a source tells: whether the source went back in time, and whether clocks run ahead. */
import type { CursorValue, SourceDatabase, SourceRead } from '../engines/contract.js';
import { EtlError } from '../errors.js';
import type { Source } from '../pipeline/types.js';
import { compareCursors, cursorAt, laterCursor, shiftClock } from './clock.js';
import type { ExtractRequest } from './extract.js';
import type { WatermarkRecord } from './watermark.js';

export interface NewestCheck {
  readonly source: Source;
  readonly database: SourceDatabase;
  readonly read: SourceRead;
  /** Earlier reads that still count. */
  readonly records: readonly WatermarkRecord[];
  /** That of the table now. */
  readonly tableId: string | undefined;
  /** True where the rows may be of an earlier state than the last read's, though nothing went back: of a replica. */
  readonly isLate?: boolean | undefined;
}

/** Throws SOURCE_REGRESSED. The newest row may simply have been deleted; a source that went back in time shows in more than that. */
export async function refuseRegressed(check: NewestCheck, newest: CursorValue | undefined): Promise<void> {
  const { source, database, read, records } = check;
  const last = records.at(-1);
  const seen = lastSeen(records);
  if (last === undefined || seen === undefined || !isBehind(newest, seen)) return;
  const isSameServer = last.serverId === database.serverId;
  if (isSameServer && check.isLate === true) return;
  const why = isSameServer ? await newSince(check, last) : 'another';
  const kept =
    source.appendOnly || (source.deletes.policy === 'soft_column' && source.deletes.detectEveryMs === undefined)
      ? 'its rows are never removed, says its definition'
      : undefined;
  if (why === undefined && kept === undefined) return;
  throw new EtlError(
    'SOURCE_REGRESSED',
    `${source.name} went back in time: its newest ${read.cursor?.column} is ${newest ?? 'none'}, but ${seen} was read before (${why === undefined ? kept : reasons[why]})`,
    { where: source.where, hint: readAnew(source.name) },
  );
}

const reasons = {
  another: 'another server answers now',
  newest: 'its newest rows are gone',
  server: 'the server was started again since',
  table: 'the table was truncated or made anew since',
} as const;

/** Since the last read the table was made anew or altered, its server was started again, or its newest rows have gone. */
export type Change = 'table' | 'server' | 'newest';
/** Or it still is behind what a read before that found, or reads of ids have no mark yet. */
export type Oddity = Change | 'behind' | 'unmarked';

/** Why the table may hold rows below the mark that no read has brought, or older ones than were read; undefined where nothing says so. */
export async function oddityOf(
  check: Omit<NewestCheck, 'source'>,
  newest: CursorValue | undefined,
): Promise<Oddity | undefined> {
  const { records } = check;
  const last = records.at(-1);
  if (last === undefined) return undefined;
  if (last.seen !== undefined && isBehind(newest, last.seen)) return 'newest';
  const why = await newSince(check, last);
  if (why !== undefined) return why;
  const seen = lastSeen(records);
  return seen !== undefined && isBehind(newest, seen) ? 'behind' : undefined;
}

async function newSince(
  { database, read, tableId }: Pick<NewestCheck, 'database' | 'read' | 'tableId'>,
  last: WatermarkRecord,
): Promise<'server' | 'table' | undefined> {
  return isAnotherTable(last.tableId, tableId) ? 'table' : database.newSince?.(read, last.endedAt);
}

/** True where both can be told, and differ. */
export function isAnotherTable(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}

/** Rows of which staging holds another version than the source has, though no read has brought that. */
export interface OtherVersions {
  /** Rows that have a newer cursor in the source. */
  readonly newer: number;
  /** Rows that have an older one. */
  readonly older: number;
  /** Those of the older ones that are newer in staging than any row which is the same in both. */
  readonly newestOlder: number;
  /** Rows that the source has no more, of the same newest ones. */
  readonly newestGone: number;
  /** The key of one of the newest, as people read it. */
  readonly sample: string | undefined;
}

/** Fewer of the newest rows may have been deleted by somebody; and more, where nothing else has changed. */
const leastRowsGone = 10;

/**
 * Throws SOURCE_REGRESSED where the newest rows that were read are older now, or many of them gone: a source that was put back
 * to a moment lacks all that was written since, and nothing of before. Other older rows had their cursor set back.
 */
export function refuseOlder(
  { name, where }: Source,
  cursorColumn: string,
  { newestOlder, newestGone, sample }: OtherVersions,
  change: Change,
): void {
  const areDeleted = change === 'newest' || newestGone < leastRowsGone;
  if (newestOlder === 0 && areDeleted) return;
  const rows = newestOlder === 1 ? `its row ${sample} has` : `${newestOlder} of its rows, such as ${sample}, have`;
  const what =
    newestOlder > 0
      ? `${rows} an older ${cursorColumn} than was read before`
      : `the ${newestGone} newest rows that were read, such as ${sample}, are gone`;
  throw new EtlError('SOURCE_REGRESSED', `${name} went back in time: ${what} (${reasons[change]})`, {
    where,
    hint: readAnew(name),
  });
}

function readAnew(name: string): string {
  return `if that is meant, read it anew: chat-etl run --reload ${name}`;
}

function lastSeen(records: readonly WatermarkRecord[]): CursorValue | undefined {
  return records.reduce<CursorValue | undefined>((found, record) => laterCursor(found, record.seen), undefined);
}

function isBehind(newest: CursorValue | undefined, seen: CursorValue): boolean {
  return newest === undefined || compareCursors(newest, seen) < 0;
}

/** The warnings of a source that is not what earlier reads found, though nothing says that it went back. */
export function strangeReads(
  { source, database, detect }: Pick<ExtractRequest, 'source' | 'database' | 'detect'>,
  earlier: readonly WatermarkRecord[],
  newest: CursorValue | undefined,
): readonly string[] {
  const warnings: string[] = [];
  const last = earlier.at(-1);
  if (last !== undefined && last.serverId !== database.serverId) {
    warnings.push(
      `${source.name} is read from another server than the last time (a failover, a balancer?): its marks say nothing here, so all rows are read again`,
    );
  }
  if (newest === undefined && earlier.some(({ seen }) => seen !== undefined)) {
    const stay = detect?.isDue !== true ? `: ${source.table} keeps them until a detect or --reload ${source.name}` : '';
    warnings.push(`${source.name} has no rows with a cursor any more, though earlier reads found some${stay}`);
  }
  return warnings;
}

/** The warning of rows whose cursor is above `now`, a clock of the server in UTC. */
export function futureCursors(read: SourceRead, newest: CursorValue | undefined, now: string): string | undefined {
  if (read.cursor === undefined || newest === undefined) return undefined;
  const slackMs = read.cursor.timezone === 'UTC' ? 1000 : 3 * 3_600_000;
  const latest = cursorAt(shiftClock(now, slackMs), read.cursor);
  if (latest === undefined || compareCursors(newest, latest) <= 0) return undefined;
  return `rows have a ${read.cursor.column} in the future, up to ${newest}; each run reads them again until then`;
}
