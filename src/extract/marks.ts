/** The marks of one read: how far a time cursor may be said to be seen, and where a first read leaves its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CursorDefinition, CursorValue, OpenWork, SourceDatabase, SourceRead } from '../engines/contract.js';
import type { SourceSnapshot } from '../engines/source-contract.js';
import { EtlError } from '../errors.js';
import { cursorAt, shiftClock } from './clock.js';
import type { Look } from './watermark.js';

/** Points 1 and 2 of a read. */
export interface Before {
  /** No time cursor may be marked above what a row stamped at this clock has; UTC. */
  readonly limit: string;
  readonly open: OpenWork;
}

/** What sources of one connection are read from together. */
export interface SourceView extends Before {
  readonly snapshot: SourceSnapshot;
}

/** The clock, then what is open. */
async function beforeSnapshot(database: SourceDatabase): Promise<Before> {
  const clock = await database.clock();
  const open = await database.openWork();
  return { limit: limitOf(clock, open.waitingSince), open };
}

/** The limit alone, for a look at which nothing is marked yet. */
async function limitBeforeSnapshot(database: SourceDatabase): Promise<string> {
  if (database.waitingSince === undefined) return (await beforeSnapshot(database)).limit;
  const clock = await database.clock();
  return limitOf(clock, await database.waitingSince());
}

/** What waits has stamped its rows already; by the next listing it may be a transaction that looks younger than its stamps. */
function limitOf(clock: string, waitingSince: string | undefined): string {
  return waitingSince !== undefined && waitingSince < clock ? waitingSince : clock;
}

/** Points 1 to 3, for `work`. */
export async function withView<T>(
  database: SourceDatabase,
  work: (view: SourceView) => Promise<T>,
  before?: Before,
): Promise<T> {
  const { limit, open } = before ?? (await beforeSnapshot(database));
  return withSnapshot(database, (snapshot) => work({ limit, open, snapshot }));
}

async function withSnapshot<T>(database: SourceDatabase, work: (snapshot: SourceSnapshot) => Promise<T>): Promise<T> {
  const snapshot = await database.snapshot();
  try {
    return await work(snapshot);
  } finally {
    await snapshot.close();
  }
}

/** The largest cursor that may be marked; undefined for ids. */
export function capOf({ limit }: Pick<Before, 'limit'>, cursor: CursorDefinition): CursorValue | undefined {
  return cursorAt(limit, cursor);
}

/** Ids tell no time, so that without a mark the second read would be a whole one; of a time cursor it reads a day again. */
const firstReadOfIdsWaitsMs = 3000;

/** A read by a cursor. */
export interface CursorRead {
  readonly read: SourceRead;
  readonly cursor: CursorDefinition;
}

/** What a first read leans on, and points 1 and 2 of it. */
export interface LookedAhead extends Before {
  readonly look: Look;
}

/**
 * A first read has no earlier one to lean on: so it looks ahead and marks what it would see. Of ids it also gives the
 * transactions of the moment a little time to end before its own points 1 and 2. Several reads of a database look together:
 * a server says what is open only ten times a second. What it gives is in the order of `reads`.
 */
export async function lookAhead(
  database: SourceDatabase,
  reads: readonly CursorRead[],
  signal: AbortSignal,
): Promise<readonly LookedAhead[]> {
  const limit = await limitBeforeSnapshot(database);
  const looks = await withSnapshot(database, async (snapshot) => {
    const seen: (CursorValue | undefined)[] = [];
    for (const { read, cursor } of reads) seen.push(await snapshot.maxCursor(read, capOf({ limit }, cursor)));
    const endedAt = await database.clock();
    return seen.map((value): Look => ({ seen: value, endedAt, serverId: database.serverId }));
  });
  const endedAt = looks[0]?.endedAt ?? '';
  const patience = shiftClock(endedAt, reads.some(({ cursor }) => cursor.unit === 'id') ? firstReadOfIdsWaitsMs : 0);
  for (;;) {
    const before = await beforeSnapshot(database);
    const isEnough = before.open.horizon > endedAt || (await database.clock()) >= patience;
    if (isEnough) return looks.map((look) => ({ ...before, look }));
    await sleep(250, undefined, { signal }).catch(() => {
      throw new EtlError('CANCELLED', 'the read was cancelled');
    });
  }
}

/** No statement waits longer for a lock (MariaDB's `lock_wait_timeout`), so no stamp is so much older than its transaction. */
const longestWaitMs = 86_400_000;

/** A first read beside an old transaction: rows stamped well before that began cannot be its. Ids tell no time. */
export async function firstSafe(
  { snapshot, open }: SourceView,
  read: SourceRead,
  cursor: CursorDefinition,
): Promise<CursorValue | undefined> {
  if (cursor.unit === 'id') return undefined;
  return snapshot.maxCursor(read, cursorAt(shiftClock(open.horizon, -longestWaitMs), cursor));
}

/** Who holds a mark back, as the journal tells it. */
export function holder({ oldest }: OpenWork): string | undefined {
  return oldest && `${oldest.id}, open for ${oldest.ageSeconds} s (${oldest.state})`;
}
