/** The safe watermark: two marks a source, so that no late commit is lost (design 4.1). */
import type { CursorDefinition, CursorValue } from '../engines/contract.js';
import { laterCursor, takeOff } from './clock.js';

/** What one finished read of a source recorded. Clocks are the server's, UTC `YYYY-MM-DD HH:MM:SS.ffffff`. */
export interface WatermarkRecord {
  readonly batch: number;
  /** Where the read began; undefined for a read from the start. */
  readonly from: CursorValue | undefined;
  /** Largest cursor seen, capped at the server's clock before the read. */
  readonly seen: CursorValue | undefined;
  /** Where the next read must start, before the lookback is taken off; undefined: from the start. */
  readonly safe: CursorValue | undefined;
  /** Every foreign transaction open before this read's snapshot had started at or after this. */
  readonly horizon: string;
  /** The clock after the last page. */
  readonly endedAt: string;
  readonly heldBy: string | undefined;
  readonly serverId: string;
  /** When all keys were last compared with staging, by this read or an earlier one; the start of that run, by our clock. */
  readonly detectedAt?: string | undefined;
  /** See `SourceDatabase.tableId`. */
  readonly tableId?: string | undefined;
}

/** An earlier look at the source: everything stamped after `endedAt` is above `seen`. */
export type Look = Pick<WatermarkRecord, 'seen' | 'endedAt' | 'serverId'>;

/**
 * Where the read after `current` must start: the largest `seen` of an earlier look that ended before every transaction which
 * was still open at `current`'s listing had begun. What those commit is then above it, and all else `current` has read, since
 * it began at the old `safe` and finished. Never less than the old one.
 */
export function nextSafe(
  records: readonly WatermarkRecord[],
  current: Pick<WatermarkRecord, 'horizon' | 'serverId'>,
  looks: readonly Look[] = recordsSinceReload(records),
): CursorValue | undefined {
  return looks
    .filter(({ endedAt, serverId }) => serverId === current.serverId && endedAt < current.horizon)
    .reduce((safe, { seen }) => laterCursor(safe, seen), recordsSinceReload(records).at(-1)?.safe);
}

/** Clocks of one machine are read at different precisions: NOW() is cut to the second, NOW(6) is not. */
const stampMarginMs = 1000;
/** A zone's clock may be put forward by an hour within a lookback. */
const zoneMarginMs = 3_600_000;

/**
 * The cursor from which the next read takes everything; undefined: from the start.
 * @param lookback milliseconds for cursors that tell time, a count for ids.
 */
export function readFrom(
  records: readonly WatermarkRecord[],
  lookback: number,
  cursor: CursorDefinition,
): CursorValue | undefined {
  const safe = records.at(-1)?.safe;
  if (safe === undefined) return undefined;
  if (cursor.unit === 'id') return takeOff(safe, lookback, cursor);
  const zoned = lookback > 0 && cursor.timezone !== 'UTC' ? zoneMarginMs : 0;
  return takeOff(safe, lookback + stampMarginMs + zoned, cursor);
}

/** The records that still say something: a read from the start that follows a finished one was a reload. */
export function recordsSinceReload(records: readonly WatermarkRecord[]): readonly WatermarkRecord[] {
  const reload = records.findLastIndex(
    ({ from }, at) => from === undefined && at > 0 && records[at - 1]?.safe !== undefined,
  );
  return reload < 0 ? records : records.slice(reload);
}
