/** A session for what a run or a step publishes: each attempt has its own, and an abort cancels it until it commits. */
import type { Session } from '../engines/contract.js';
import type { RunContext } from './context.js';
import { withRetries } from './retry.js';
import { retryOptions } from './retry-options.js';

export interface DataSession {
  readonly session: Session;
  /** From 1. */
  readonly attempt: number;
  /** To be called right before the commit: nothing may be cancelled from there on. Throws where the run was aborted. */
  readonly seal: () => void;
}

/**
 * Gives `work` a session, and another one where an error may pass: the old one may be broken. What `work` leaves uncommitted
 * is rolled back.
 * @param step named in the retry's event where the error names none
 */
export function withDataSession<T>(
  context: RunContext,
  step: string,
  work: (data: DataSession) => Promise<T>,
): Promise<T> {
  return withRetries((attempt) => attemptOnce(context, attempt, work), retryOptions(context, step));
}

async function attemptOnce<T>(
  { warehouse, signal }: RunContext,
  attempt: number,
  work: (data: DataSession) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const session = await warehouse.session();
  const cancel = () => void session.cancel().catch(() => undefined);
  const uncancel = () => signal.removeEventListener('abort', cancel);
  signal.addEventListener('abort', cancel);
  const seal = () => {
    signal.throwIfAborted();
    uncancel();
  };
  try {
    return await work({ session, attempt, seal });
  } catch (thrown) {
    // Closing rolls back as well; what a broken session says of it would hide the cause.
    await session.rollback().catch(() => undefined);
    throw thrown;
  } finally {
    uncancel();
    await session.close().catch(() => undefined);
  }
}
