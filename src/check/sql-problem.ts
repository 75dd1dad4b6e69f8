/** An error of the planning database as a mistake in the user's file. */
import { type Place, type Problem, toEtlError } from '../errors.js';
import { lineText } from '../template/lines.js';

/** @param where used where the error has no place of its own */
export function problemOf(thrown: unknown, where: Place): Problem {
  const error = toEtlError(thrown);
  return {
    severity: 'error',
    message: error.message,
    where: error.where ?? where,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.sql === undefined || error.sqlLine === undefined ? {} : { sqlLine: lineText(error.sql, error.sqlLine) }),
  };
}
