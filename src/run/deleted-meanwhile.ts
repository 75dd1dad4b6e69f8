/**
 * Rows that were deleted between a first load and the moment to which it is caught up. No cursor tells of them, and they would
 * point at rows that came and went in between; so where `deletes` are looked for, these are looked for at once.
 */
import type { Session, SourceDatabase } from '../engines/contract.js';
import type { DeleteSearch, Detected } from '../extract/detect-deletes.js';
import type { Extracted } from '../extract/extract.js';
import { purgedWhen } from '../load/purged.js';
import { onKeys } from '../load/sql.js';
import { asStored, rangeColumns } from '../load/staging-ranges.js';
import { catchUpTableOf, keysTableOf } from '../load/work-tables.js';
import type { RunContext } from './context.js';
import { purgedBefore } from './purged-before.js';
import { loadedTable, loaderOf, type SourceRead } from './read-source.js';
import { stagingSide } from './staging-side.js';

/**
 * False where the server is known to have deleted nothing in between.
 * @param before what it had counted before the first load began
 */
export async function mayHaveDeleted(
  database: SourceDatabase,
  before: string | undefined,
  { open }: Extracted,
): Promise<boolean> {
  // Whoever was at work when the load began may have deleted before, and committed after.
  const isKnown = open?.protection === 'transactions' && open.oldest === undefined;
  return !isKnown || before === undefined || (await database.deletions?.()) !== before;
}

/** Compares what a first load has filled with the source, for `extractFrom`. */
export function deletesSince(context: RunContext, session: Session, { source, extracted }: SourceRead): DeleteSearch {
  const { dialect, capabilities } = context.engine;
  const since = purgedBefore(source, context.startedAt);
  return {
    isDue: true,
    keys: loaderOf(session, keysTableOf(source.table), false),
    since,
    staging: (columns, rowsRead) =>
      stagingSide(session, dialect, {
        ...{ source, table: dialect.workTable(source.table), stored: extracted.columns, columns },
        ...{ content: 'key', since, waiting: catchUpTableOf(source.table), rowsRead, holdsMarked: true },
      }),
    isReadSooner: capabilities.memoryForKeys !== undefined,
    beside: () => undefined,
    // Rows with old stamps are looked for at the next detect, as at any other time.
    areReadAtOnce: async () => false,
    compareKeys: async () => ({ unread: 0 }),
  };
}

/** Takes them out of the work table of the first load, whose rows have been replaced by those that changed. How many they were. */
export async function removeDeleted(
  { engine, startedAt }: RunContext,
  session: Session,
  { source, extracted }: SourceRead,
  { ranges, columns }: Detected,
): Promise<number> {
  const { dialect } = engine;
  if (ranges?.numbers.length === 0) return 0;
  const keys = dialect.workTable(keysTableOf(source.table));
  const within =
    ranges && dialect.ranges.within(rangeColumns(dialect, asStored(columns, extracted.columns)), source.key, ranges);
  // They stay, as they do in staging.
  const purged = purgedWhen(dialect, source, purgedBefore(source, startedAt));
  const conditions = [
    `not exists (select 1 from ${keys} k where ${onKeys(dialect, 'k', source.key, 't', source.key)})`,
    ...(within === undefined ? [] : [`(${within})`]),
    ...(purged === undefined ? [] : [`not ${purged}`]),
  ];
  return session.execute(dialect.deleteLoaded(loadedTable(dialect, { source, extracted }), conditions.join(' and ')));
}
