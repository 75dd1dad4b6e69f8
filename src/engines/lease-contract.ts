/** The one run that may write to a warehouse. */
import type { Session } from './contract.js';

export interface Holder {
  readonly runId: string;
  readonly pid: number;
  readonly host: string;
  readonly startedAt: string;
}

/** The right to write to the warehouse. */
export interface Lease {
  /** Throws LEASE_LOST where another process took over; called inside the data transaction right before its commit. */
  assertHeld(session: Session): Promise<void>;
  /** Aborts when a heartbeat finds the lease lost. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}
