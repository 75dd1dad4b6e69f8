/** A commit whose answer was lost has passed or it has not: the journal, written in the same transaction, tells. */
import type { Session } from '../engines/contract.js';
import { EtlError, toEtlError } from '../errors.js';
import { listSteps } from '../journal/read.js';
import type { RunContext } from './context.js';
import { inSession } from './open-run.js';
import { longestOutageMs, withRetries } from './retry.js';

/** Attempts to ask, beside those during the outage itself. */
const askingRetries = 1;

/**
 * Commits the transaction in which `step` was journaled.
 * @returns false where the commit passed but the session is broken
 * Errors: CONNECTION_LOST (retryable) or what else kept it from passing, COMMIT_UNKNOWN where the warehouse does not come back in time
 */
export async function commitOrAsk(context: RunContext, session: Session, step: string): Promise<boolean> {
  try {
    await session.commit();
    return true;
  } catch (thrown) {
    const error = toEtlError(thrown);
    if (error.code !== 'COMMIT_UNKNOWN') throw error;
    if (await hasPassed(context, step, error)) return false;
    const cause = toEtlError(error.cause);
    if (!isLoss(cause)) throw cause;
    throw new EtlError('CONNECTION_LOST', 'the connection was lost at the commit, which did not pass', {
      cause: error,
      retryable: true,
    });
  }
}

async function hasPassed(context: RunContext, step: string, unknown: EtlError): Promise<boolean> {
  const { warehouse, engine, runId, lease, config } = context;
  const ask = () =>
    inSession(warehouse, async (session) => {
      await session.begin();
      // The lost transaction holds the lease's row until it has ended, whichever way.
      await lease.assertHeld(session).catch(unlessAnswered);
      const steps = await listSteps(session, engine.dialect, [runId]);
      await session.rollback();
      return steps.some((row) => row.step === step);
    });
  const signal = new AbortController().signal;
  const outageMs = Math.min(longestOutageMs, config.run.timeoutMs);
  return withRetries(ask, { retries: askingRetries, signal, outageMs, onRetry: () => undefined }).catch(() => {
    throw unknown;
  });
}

function isLoss({ code }: EtlError): boolean {
  return ['CONNECTION_LOST', 'TIMEOUT', 'CANCELLED'].includes(code);
}

/** Whether we still hold the lease does not matter here. */
function unlessAnswered(thrown: unknown): void {
  const error = toEtlError(thrown);
  if (error.retryable) throw error;
}
