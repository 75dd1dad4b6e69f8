/** Prints an error on stderr. */
import type { EtlError } from '../errors.js';

/** The printers are loaded only where there is an error. */
export async function printError(error: EtlError): Promise<void> {
  const { formatThrown } = await import('../report/error.js');
  const { paintFor } = await import('../report/paint.js');
  process.stderr.write(`${formatThrown(error, [], paintFor(process.stderr))}\n`);
}
