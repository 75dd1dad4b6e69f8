/** `chat-etl test`: runs data tests against the published warehouse. */
import { type CommonArguments, defineCommand } from './common.js';
import { type ChooseArguments, chooseOptions } from './selection-flags.js';

export type TestArguments = CommonArguments & ChooseArguments & { readonly tables?: readonly string[] | undefined };

export const command = defineCommand<TestArguments>({
  command: 'test [tables..]',
  describe: 'Run the data tests of published tables; nothing is written',
  builder: (parser) =>
    parser
      .positional('tables', { type: 'string', array: true, describe: 'Tables to test, written as in --select' })
      .options(chooseOptions)
      .example('$0 test', 'every test')
      .example('$0 test fact_message+', 'of a table and of all that reads it')
      .example('$0 test --exclude tag:slow --json', 'for a script'),
  handler: async (flags) => {
    const { testWarehouse } = await import('./test-warehouse.js');
    process.exitCode = await testWarehouse(flags);
  },
});
