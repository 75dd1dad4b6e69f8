/** Prints an error on stderr. */
import type { EtlError } from '../errors.js';

/** The printers are loaded only where there is an error. */
export async function printError(error: EtlError): Promise<void> {
  process.stderr.write(`${await formatted(error)}\n`);
}

async function formatted(error: EtlError): Promise<string> {
  if (error.problems.length > 0) {
    const { formatProblems } = await import('../report/problems.js');
    return formatProblems(error.problems);
  }
  const { formatThrown } = await import('../report/error.js');
  const { paintFor } = await import('../report/paint.js');
  return formatThrown(error, [], paintFor(process.stderr));
}
