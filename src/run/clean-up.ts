/** After a run, whether it went well or not: nothing of it stays that nobody needs. */
import type { Dialect, Session } from '../engines/contract.js';
import { moveLogSince, pruneJournal } from '../journal/prune.js';
import { pruneChangeLog } from '../load/change-log.js';
import { changeLogOf } from '../load/sql.js';
import { followersOf } from '../plan/changes.js';
import type { Position } from '../plan/types.js';
import type { RunContext } from './context.js';
import { inSession } from './open-run.js';

/** Errors: those of the database. Where the lease is lost nothing is done: what is there is another run's by now. */
export async function cleanUp(context: RunContext): Promise<void> {
  const { warehouse, engine, config, lease, startedAt } = context;
  if (lease.lost.aborted) return;
  await inSession(warehouse, async (session) => {
    await lease.assertHeld(session);
    await pruneChangeLogs(context, session);
    await pruneJournal(session, engine.dialect, { keepDays: config.journal.keepDays, now: startedAt.getTime() });
  });
  await warehouse.dropLeftovers();
}

/** Change logs hold values of rows, deleted ones among them: only until every consumer has read them. */
async function pruneChangeLogs(
  { engine, logged, project, reports, state }: RunContext,
  session: Session,
): Promise<void> {
  const { dialect } = engine;
  const { positions } = state;
  const written = new Set(reports.filter(({ status }) => status === 'succeeded').map(({ step }) => step));
  for (const [table, { logSince }] of state.tables) {
    if (!logged.has(table)) {
      // A table that is written without a log may have one of when it was followed.
      if (logSince !== undefined || written.has(table)) await dropLog(session, dialect, table, logSince);
    } else if (logSince !== undefined) {
      await pruneLog(session, dialect, table, logSince, slowestOf(followersOf(table, project), table, positions));
    }
  }
}

/** The newest batch of a table that all models which follow it have taken in. */
function slowestOf(
  followers: readonly string[],
  table: string,
  positions: ReadonlyMap<string, ReadonlyMap<string, Position>>,
): number {
  return Math.min(...followers.map((model) => positions.get(model)?.get(table)?.batch ?? 0));
}

/** `logSince`: the log is whole from this batch on, and holds nothing of before. */
async function pruneLog(
  session: Session,
  dialect: Dialect,
  table: string,
  logSince: number,
  slowest: number,
): Promise<void> {
  if (slowest < logSince) return;
  await session.begin();
  await pruneChangeLog(session, dialect, changeLogOf(table), slowest);
  await moveLogSince(session, dialect, table, slowest + 1);
  await session.commit();
}

/** Nobody follows the table any more. */
async function dropLog(session: Session, dialect: Dialect, table: string, logSince: number | undefined): Promise<void> {
  if (logSince !== undefined) await moveLogSince(session, dialect, table, undefined);
  await session.execute(dialect.dropTable(changeLogOf(table)));
}
