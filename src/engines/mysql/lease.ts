/**
 * The one lease of a warehouse: a row with a token and a heartbeat. A process that was paused past its lease finds another
 * token, inside the data transaction, and cannot commit.
 */
import { EtlError } from '../../errors.js';
import type { Holder, Lease, Session } from '../contract.js';
import { type Connection, closeConnection, runStatement } from './connect.js';
import {
  isStartOf,
  killHolder,
  type LeaseRow,
  readLeaseRow,
  refuseLiving,
  rememberEnd,
  serverStartBy,
  takeLeaseRow,
  uptimeSecondsBy,
} from './lease-row.js';
import { ensureOwnTables } from './own-tables.js';

export interface LeaseParts {
  /** A connection for the heartbeat alone. */
  readonly connect: () => Promise<Connection>;
  /** Ids of the connections that this process writes with, for whoever may have to kill them. */
  readonly connectionIds: () => readonly string[];
  /** A holder whose heartbeat is older, by the server's clock, is dead. */
  readonly ttlMs: number;
}

/** Errors: WAREHOUSE_LOCKED where a living run holds the lease. */
export async function acquireLease(parts: LeaseParts, holder: Holder): Promise<MysqlLease> {
  const connection = await parts.connect();
  try {
    await ensureOwnTables(connection);
    const found = await readLeaseRow(connection);
    refuseLiving(found, holder, parts.ttlMs);
    if (found?.runId !== undefined) await killHolder(connection, found);
    return new MysqlLease(connection, await takeLeaseRow(connection, holder, parts), parts);
  } catch (error) {
    await closeConnection(connection);
    throw error;
  }
}

export class MysqlLease implements Lease {
  #connection: Connection;
  #isFirstConnection = true;
  readonly #taken: LeaseRow;
  readonly #parts: LeaseParts;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #takenAt = performance.now();
  #lastBeat = this.#takenAt;
  /** Until the last of the heartbeats is over that were asked for; one goes after the other. */
  #beating: Promise<void> = Promise.resolve();
  #beatsUnderWay = 0;
  #released = false;

  constructor(connection: Connection, taken: LeaseRow, parts: LeaseParts) {
    this.#connection = connection;
    this.#taken = taken;
    this.#parts = parts;
    this.#timer = setInterval(() => void this.beat(), parts.ttlMs / 3);
    this.#timer.unref();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Tells that we live, and which connections are ours. Never throws. */
  async beat(): Promise<void> {
    if (this.#released || this.lost.aborted) return;
    // A heartbeat that hangs must not hide that the lease has run out.
    if (this.#beatsUnderWay > 0 && this.#isOverdue()) this.#lose('no heartbeat got through in time');
    this.#beatsUnderWay += 1;
    this.#beating = this.#beating.then(() => this.#beatOnce());
    await this.#beating;
  }

  async assertHeld(session: Session): Promise<void> {
    if (this.lost.aborted) throw this.lost.reason;
    const [row] = await session.query(`select token from etl_lease where name = 'warehouse' for update`);
    if (String(row?.token) !== this.#taken.token) {
      this.#lose('another run took over');
      throw this.lost.reason;
    }
    await this.#assertKept(session);
  }

  /** Errors: CONNECTION_LOST, not retryable, where the server crashed and may have lost rows that work tables had already. */
  async #assertKept(session: Session): Promise<void> {
    if (await this.#isSameStart((sql) => session.query(sql))) return;
    const [row] = await session.query('select @@innodb_flush_log_at_trx_commit as flush');
    if (Number(row?.flush) === 1) return;
    throw new EtlError(
      'CONNECTION_LOST',
      'the warehouse server was restarted during the run and may have lost loaded rows',
      {
        hint: 'nothing was committed; run again. With innodb_flush_log_at_trx_commit = 1 a run outlives a restart',
      },
    );
  }

  /** The connection on which the lease was taken is still there, or else the server is older than the lease for certain. */
  async #isSameStart(query: Session['query']): Promise<boolean> {
    const isAlive = () => runStatement(this.#connection, 'select 1').then(Boolean, () => false);
    // A heartbeat under way may wait for the row that our own transaction has locked: nothing here may wait for it.
    const mayAsk = this.#isFirstConnection && this.#beatsUnderWay === 0;
    if (mayAsk && (await isAlive())) return true;
    const heldSeconds = (performance.now() - this.#takenAt) / 1000;
    return isStartOf(this.#taken, await serverStartBy(query)) && (await uptimeSecondsBy(query)) > heldSeconds + 1;
  }

  async release(): Promise<void> {
    this.#released = true;
    clearInterval(this.#timer);
    await this.#beating;
    rememberEnd(this.#taken);
    await this.#giveBack()
      .catch(() => this.#reconnect().then(() => this.#giveBack()))
      .catch(() => undefined); // the next run finds our process gone, or the heartbeat too old
    await closeConnection(this.#connection);
  }

  async #giveBack(): Promise<void> {
    await runStatement(
      this.#connection,
      `update etl_lease set run_id = null, connection_ids = null where name = 'warehouse' and token = ?`,
      [this.#taken.token],
    );
  }

  async #beatOnce(): Promise<void> {
    try {
      await this.#update().catch(() => this.#reconnect().then(() => this.#update()));
    } catch {
      if (this.#isOverdue()) this.#lose('no heartbeat got through in time');
    } finally {
      this.#beatsUnderWay -= 1;
    }
  }

  #isOverdue(): boolean {
    return performance.now() - this.#lastBeat > this.#parts.ttlMs;
  }

  async #update(): Promise<void> {
    const { affectedRows } = await runStatement(
      this.#connection,
      `update etl_lease set heartbeat_at = utc_timestamp(6), connection_ids = ? where name = 'warehouse' and token = ?`,
      [this.#parts.connectionIds().join(','), this.#taken.token],
    );
    if (affectedRows === 0) this.#lose('another run took over');
    else this.#lastBeat = performance.now();
  }

  async #reconnect(): Promise<void> {
    this.#isFirstConnection = false;
    await closeConnection(this.#connection);
    this.#connection = await this.#parts.connect();
  }

  #lose(why: string): void {
    clearInterval(this.#timer);
    if (this.lost.aborted) return;
    this.#lost.abort(
      new EtlError('LEASE_LOST', `this run has lost the warehouse: ${why}`, {
        hint: 'nothing was committed; run again',
      }),
    );
  }
}
