/** A database that is read politely: no faster than its pace, and not while its server is busy. */
import type { SourceDatabase, SourceSnapshot } from '../engines/contract.js';
import { rowsOf } from './compare-ranges.js';
import type { Pace } from './pace.js';
import type { Pauses } from './pauses.js';

export interface Pacing {
  readonly pace: Pace | undefined;
  readonly pauses: Pauses | undefined;
  /** Of the run. */
  readonly signal: AbortSignal;
  /** Closes what the pauses ask, beside the database. */
  readonly close: () => Promise<void>;
}

/**
 * The same database for all reads of a run. It pauses before a read begins and before each snapshot rather than inside of one,
 * which would keep the server from forgetting old rows; inside, between two batches, of which none is taken meanwhile, and
 * between two parts of a key that are summed up.
 */
export function paced(database: SourceDatabase, pacing: Pacing): SourceDatabase {
  const ready = async () => pacing.pauses?.ready(pacing.signal);
  return overlaid(database, {
    openWork: async () => {
      await ready();
      return database.openWork();
    },
    ...(database.waitingSince && {
      waitingSince: async () => {
        await ready();
        return database.waitingSince?.();
      },
    }),
    snapshot: async () => {
      await ready();
      return pacedSnapshot(await database.snapshot(), pacing);
    },
    close: async () => {
      await Promise.all([database.close(), pacing.close()]);
    },
  });
}

function pacedSnapshot(snapshot: SourceSnapshot, { pace, pauses, signal }: Pacing): SourceSnapshot {
  return overlaid(snapshot, {
    describe: async (read) => {
      await pauses?.ready(signal);
      return snapshot.describe(read);
    },
    async *read(read, columns, options) {
      const batchRows = Math.min(options.batchRows, pace?.mostRows ?? options.batchRows);
      for await (const batch of snapshot.read(read, columns, { ...options, batchRows })) {
        await pauses?.ready(options.signal);
        await pace?.take(batch.rowCount, options.signal);
        yield batch;
      }
    },
    summarize: async (read, columns, request, signal) => {
      await pauses?.ready(signal);
      const summaries = await snapshot.summarize(read, columns, request, signal);
      // A row that the server sums up is read, though it does not arrive here.
      await pace?.take(rowsOf(summaries), signal);
      return summaries;
    },
    // What a warehouse reads by itself goes past any pace.
    attachment: undefined,
    copyable: async () => undefined,
  });
}

/** `own` in place of members of `object`; the others are its own, and find its private fields. */
function overlaid<T extends object>(object: T, own: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      if (Object.hasOwn(own, name)) return own[name as keyof T];
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
