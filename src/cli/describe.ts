/** `chat-etl describe`: what there is to know of a table. */
import { type CommonArguments, defineCommand } from './common.js';

export type DescribeArguments = CommonArguments & { readonly table: string };

export const command = defineCommand<DescribeArguments>({
  command: 'describe <table>',
  describe: 'Show what a table is: columns, tests, what it reads and who reads it, its last run',
  builder: (parser) =>
    parser
      .positional('table', { type: 'string', demandOption: true, describe: 'Model, source or staging table' })
      .example('$0 describe fact_message', 'one table')
      .example('$0 describe messages --json', "the source 'messages', as JSON"),
  handler: async (flags) => {
    const { describeTable } = await import('./describe-table.js');
    await describeTable(flags);
  },
});
