/** The exit codes of the program; scripts rely on them. */
import type { ErrorCode } from '../errors.js';
import type { RunReport } from '../run/events.js';

export const exitCodes = { ok: 0, failed: 1, badDefinition: 2, locked: 3, quietHours: 4, interrupted: 130 } as const;

/** The exit code for a thrown error, or for the report of a run. */
export function exitCodeOf(outcome: { readonly code: ErrorCode } | Pick<RunReport, 'status' | 'error'>): number {
  if ('code' in outcome) return codeOf(outcome.code);
  if (outcome.status === 'succeeded') return exitCodes.ok;
  if (outcome.status === 'cancelled') return exitCodes.interrupted;
  return outcome.error === undefined ? exitCodes.failed : codeOf(outcome.error.code);
}

function codeOf(code: ErrorCode): number {
  switch (code) {
    case 'USAGE':
    case 'DEFINITION':
      return exitCodes.badDefinition;
    case 'WAREHOUSE_LOCKED':
      return exitCodes.locked;
    case 'QUIET_HOURS':
      return exitCodes.quietHours;
    case 'CANCELLED':
      return exitCodes.interrupted;
    default:
      return exitCodes.failed;
  }
}
