/** A consistent view of a source: one connection with one read-only transaction, that takes no locks. */
import { EtlError } from '../../errors.js';
import type { CursorValue, OpenSettings, SourceRead, SourceSnapshot } from '../contract.js';
import type { Column } from '../types.js';
import { killQuery } from './cancel.js';
import { closeConnection, identityOf, openConnection, runStatement } from './connect.js';
import type { MysqlOptions } from './options.js';
import { copyableTable } from './read-copy.js';
import {
  canBeginBehindKey,
  hasUniqueKey,
  type KeyOrder,
  keyOrder,
  type OrderedPlan,
  planRead,
  type ReadPlan,
  selectByCursor,
  selectInOrder,
  selectMaxCursor,
} from './read-plan.js';
import { readBounds, readSummaries, selectWithin } from './read-ranges.js';
import { streamRows } from './read-stream.js';

/**
 * Opens the view. Each read is one statement that streams: a range of the cursor's index, or the table in key order, so there
 * is no edge of a page to lose a tie at. The bound on a statement is here one on silence of the server.
 * Errors: CONNECTION, PRIVILEGE; while reading CONNECTION_LOST, TIMEOUT, SCHEMA_CHANGE (all retryable), CANCELLED.
 */
export async function openSnapshot(options: MysqlOptions, settings: OpenSettings): Promise<SourceSnapshot> {
  const lockWait = String(Math.max(1, Math.ceil(settings.timeoutMs / 1000)));
  const connection = await openConnection(options, {
    ...settings,
    timeoutMs: 0,
    silenceMs: settings.timeoutMs,
    variables: { lock_wait_timeout: lockWait },
  });
  try {
    await runStatement(connection, 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  } catch (error) {
    await closeConnection(connection);
    throw error;
  }
  const kill = (): Promise<void> => killQuery(options, settings, identityOf(connection).connectionId);
  const plans = new Map<SourceRead, Promise<ReadPlan>>();
  const planOf = (read: SourceRead): Promise<ReadPlan> => {
    const plan = plans.get(read) ?? planRead(connection, read);
    plans.set(read, plan);
    return plan;
  };
  const orders = new Map<SourceRead, Promise<KeyOrder>>();
  const orderedPlanOf = async (read: SourceRead): Promise<OrderedPlan> => {
    const plan = await planOf(read);
    const order = orders.get(read) ?? keyOrder(connection, read, plan);
    orders.set(read, order);
    return { ...plan, ...(await order) };
  };
  return {
    attachment: undefined,
    describe: async (read) => (await planOf(read)).columns,
    async maxCursor(read: SourceRead, cap: CursorValue | undefined) {
      const { rows } = await runStatement(connection, selectMaxCursor(await planOf(read), read, cap));
      const seen = rows[0]?.seen;
      return seen === null || seen === undefined ? undefined : String(seen);
    },
    async copyable(read, columns) {
      const plan = await orderedPlanOf(read);
      assertSameColumns(plan, columns, read);
      return copyableTable(connection, plan, read);
    },
    hasUniqueKey: async (read) => hasUniqueKey(await orderedPlanOf(read), read),
    ordersByKey: async (read) => canBeginBehindKey(await orderedPlanOf(read), read),
    bounds: async (read, _, signal) => readBounds(connection, await planOf(read), read, { signal, kill }),
    async summarize(read, columns, request, signal) {
      const plan = await planOf(read);
      assertSameColumns(plan, columns, read);
      return readSummaries(connection, plan, read, request, { signal, kill });
    },
    async *read(read, columns, { from, after, upTo, within, ...limits }) {
      const plan = await planOf(read);
      assertSameColumns(plan, columns, read);
      const some = within === undefined ? selectByCursor(plan, read, from) : selectWithin(plan, read, within);
      const sql = some ?? selectInOrder(await orderedPlanOf(read), read, { after, upTo });
      yield* streamRows(connection, sql, plan.columns, {
        ...limits,
        silenceMs: settings.timeoutMs,
        kill,
      });
    },
    close: () => closeConnection(connection),
  };
}

/** Somebody changed the table between `describe` and the snapshot; the next attempt sees the new columns. */
function assertSameColumns(plan: ReadPlan, columns: readonly Column[], read: SourceRead): void {
  if (JSON.stringify(plan.columns) === JSON.stringify(columns)) return;
  throw new EtlError('SCHEMA_CHANGE', `the columns of ${read.table ?? 'the query'} changed while it was being read`, {
    retryable: true,
  });
}
