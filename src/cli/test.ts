/** `chat-etl test`: runs data tests against the published warehouse, or unit tests in memory. */
import { EtlError } from '../errors.js';
import { type CommonArguments, defineCommand } from './common.js';
import { type ChooseArguments, chooseOptions } from './selection-flags.js';

export type TestArguments = CommonArguments &
  ChooseArguments & {
    readonly tables?: readonly string[] | undefined;
    readonly unit: boolean;
    readonly watch: boolean;
  };

export const command = defineCommand<TestArguments>({
  command: 'test [tables..]',
  describe: 'Run the data tests of published tables; nothing is written',
  builder: (parser) =>
    parser
      .positional('tables', { type: 'string', array: true, describe: 'Tables to test, written as in --select' })
      .options(chooseOptions)
      .option('unit', {
        type: 'boolean',
        default: false,
        describe: 'Run the unit tests of unit_tests/ instead, in memory; no database is needed',
      })
      .option('watch', {
        type: 'boolean',
        default: false,
        describe: 'With --unit: run them again whenever a file changes',
      })
      .example('$0 test', 'every test')
      .example('$0 test fact_message+', 'of a table and of all that reads it')
      .example('$0 test --unit messages_daily', 'the unit tests of a table')
      .example('$0 test --unit --watch', 'while you write')
      .example('$0 test --exclude tag:slow --json', 'for a script'),
  handler: async (flags) => {
    if (flags.watch) {
      if (!flags.unit) throw new EtlError('USAGE', '--watch goes with --unit: data tests have no files to wait for');
      const { watchUnitTests } = await import('./watch-unit-tests.js');
      process.exitCode = await watchUnitTests(flags);
      return;
    }
    if (flags.unit) {
      const { unitTests } = await import('./unit-tests.js');
      process.exitCode = await unitTests(flags);
      return;
    }
    const { testWarehouse } = await import('./test-warehouse.js');
    process.exitCode = await testWarehouse(flags);
  },
});
