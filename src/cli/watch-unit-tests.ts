/** Runs the unit tests now and whenever a file of the project changes, until a signal ends it. */
import { toEtlError } from '../errors.js';
import { say } from './common.js';
import { exitCodes } from './exit.js';
import { catchInterrupt } from './interrupt.js';
import { printError } from './print-error.js';
import { type UnitTestFlags, unitTests } from './unit-tests.js';
import { watchFiles } from './watch-files.js';

/** The exit code: 0 after SIGTERM, 130 after SIGINT. Mistakes in files are told and waited out. Errors: IO. */
export async function watchUnitTests(flags: UnitTestFlags): Promise<number> {
  const interrupt = catchInterrupt();
  const files = await watchFiles(flags.root);
  try {
    while (!interrupt.signal.aborted) {
      try {
        await unitTests(flags);
      } catch (thrown) {
        await printError(toEtlError(thrown));
      }
      say('waiting for a change; Ctrl-C ends\n');
      await files.changed(interrupt.signal);
    }
  } finally {
    interrupt.release();
    await files.close();
  }
  return interrupt.received() === 'SIGINT' ? exitCodes.interrupted : exitCodes.ok;
}
