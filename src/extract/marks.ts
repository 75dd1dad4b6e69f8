/** The marks of one read: how far a time cursor may be said to be seen, and where a first read leaves its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CursorValue, OpenWork, SourceDatabase, SourceRead, SourceSnapshot } from '../engines/contract.js';
import { EtlError } from '../errors.js';
import { cursorAt, shiftClock } from './clock.js';
import type { Look } from './watermark.js';

/** Points 1 and 2 of a read. */
export interface Before {
  /** A time cursor may not be marked above this; undefined for ids. */
  readonly cap: CursorValue | undefined;
  readonly open: OpenWork;
}

/** The clock, then what is open. */
export async function beforeSnapshot(database: SourceDatabase, read: SourceRead): Promise<Before> {
  const clock = await database.clock();
  const open = await database.openWork();
  const { waitingSince } = open;
  // What waits has stamped its rows already; by the next listing it may be a transaction that looks younger than its stamps.
  const limit = waitingSince !== undefined && waitingSince < clock ? waitingSince : clock;
  return { cap: read.cursor && cursorAt(limit, read.cursor), open };
}

/** Ids tell no time, so that without a mark the second read would be a whole one; of a time cursor it reads a day again. */
const firstReadOfIdsWaitsMs = 3000;

/**
 * A first read has no earlier one to lean on: so it looks ahead and marks what it would see. Of ids it also gives the
 * transactions of the moment a little time to end before its own points 1 and 2.
 */
export async function lookAhead(
  database: SourceDatabase,
  read: SourceRead,
  signal: AbortSignal,
): Promise<Before & { readonly look: Look }> {
  const { cap } = await beforeSnapshot(database, read);
  const snapshot = await database.snapshot();
  const seen = await snapshot.maxCursor(read, cap).finally(() => snapshot.close());
  const look = { seen, endedAt: await database.clock(), serverId: database.serverId };
  const patience = shiftClock(look.endedAt, read.cursor?.unit === 'id' ? firstReadOfIdsWaitsMs : 0);
  for (;;) {
    const before = await beforeSnapshot(database, read);
    if (before.open.horizon > look.endedAt || (await database.clock()) >= patience) return { ...before, look };
    await sleep(250, undefined, { signal }).catch(() => {
      throw new EtlError('CANCELLED', 'the read was cancelled');
    });
  }
}

/** No statement waits longer for a lock (MariaDB's `lock_wait_timeout`), so no stamp is so much older than its transaction. */
const longestWaitMs = 86_400_000;

/** A first read beside an old transaction: rows stamped well before that began cannot be its. Ids tell no time. */
export async function firstSafe(
  snapshot: SourceSnapshot,
  read: SourceRead,
  open: OpenWork,
): Promise<CursorValue | undefined> {
  if (read.cursor === undefined || read.cursor.unit === 'id') return undefined;
  return snapshot.maxCursor(read, cursorAt(shiftClock(open.horizon, -longestWaitMs), read.cursor));
}
