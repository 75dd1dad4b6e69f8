/** Reads a source's connection as its `throttle` says. */
import type { SourceDatabase } from '../engines/contract.js';
import { Pace } from '../extract/pace.js';
import { paced } from '../extract/paced.js';
import { Pauses } from '../extract/pauses.js';
import { realWaiting } from '../extract/waiting.js';
import type { RunContext } from './context.js';
import { LoadLimits } from './load-limits.js';

/** A transaction that reads is best over soon: until then a server keeps old versions of all rows. */
const defaultLongestTransactionMs = 10 * 60_000;

/** After this a read of all rows begins a new transaction, where it can. */
export function longestTransactionMs({ config }: RunContext, connection: string): number {
  return config.throttles[connection]?.longestTransactionMs ?? defaultLongestTransactionMs;
}

/** @param open opens another connection, such as that of a replica */
export function throttled(
  context: RunContext,
  connection: string,
  database: SourceDatabase,
  open: (connection: string) => Promise<SourceDatabase>,
): SourceDatabase {
  const { rowsPerSecond, pauseWhile } = context.config.throttles[connection] ?? {};
  if (rowsPerSecond === undefined && pauseWhile === undefined) return database;
  const limits = pauseWhile && new LoadLimits({ context, connection, database, limits: pauseWhile, open });
  return paced(database, {
    pace: rowsPerSecond === undefined ? undefined : new Pace(rowsPerSecond, realWaiting),
    pauses: limits && pausesOf(context, connection, limits),
    signal: context.signal,
    close: async () => limits?.close(),
  });
}

function pausesOf({ emit, signal }: RunContext, connection: string, limits: LoadLimits): Pauses {
  return new Pauses({
    connection,
    passed: () => limits.passed(),
    checkEveryMs: limits.request.limits.checkEveryMs,
    atMostMs: limits.request.limits.atMostMs,
    signal,
    onPause: (reason) => emit({ type: 'paused', connection, reason }),
    onResume: (pausedMs) => emit({ type: 'resumed', connection, pausedMs }),
    waiting: realWaiting,
  });
}
