/** Why a run or a step really ended: a statement that was interrupted only says that it was. */
import { EtlError, toEtlError, withDetails } from '../errors.js';
import type { RunContext } from './context.js';

/** LEASE_LOST, CANCELLED or a broken listener where that ended the work, whatever was thrown; else the error as it is. */
export function causeOf({ lease, signal }: Pick<RunContext, 'lease' | 'signal'>, thrown: unknown): EtlError {
  const error = toEtlError(thrown);
  if (lease.lost.aborted) return withDetails(toEtlError(lease.lost.reason), { step: error.step });
  if (signal.aborted && signal.reason instanceof EtlError) return withDetails(signal.reason, { step: error.step });
  if (signal.aborted) return new EtlError('CANCELLED', 'the run was cancelled', { cause: thrown, step: error.step });
  if (error.code !== 'CANCELLED') return error;
  const { where, hint, sql, step } = error;
  const message = `somebody else interrupted a statement of this run: ${error.message}`;
  return new EtlError('DATABASE', message, { cause: thrown, where, hint, sql, step });
}
