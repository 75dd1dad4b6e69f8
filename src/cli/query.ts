/** `chat-etl query`: asks the warehouse something. */
import { type CommonArguments, defineCommand } from './common.js';

export type QueryArguments = CommonArguments & { readonly sql: string; readonly csv: boolean };

export const csvOption = { type: 'boolean', default: false, describe: 'Print the rows as CSV on stdout' } as const;

export const command = defineCommand<QueryArguments>({
  command: 'query <sql>',
  describe: 'Ask the warehouse in SQL; the database refuses whatever would write',
  builder: (parser) =>
    parser
      .positional('sql', { type: 'string', demandOption: true, describe: 'One statement' })
      .option('csv', csvOption)
      .example('$0 query "select count(*) as messages from fact_message"', 'a table')
      .example('$0 query "select * from messages_daily" --csv > daily.csv', 'a file for a spreadsheet'),
  handler: async (flags) => {
    const { queryWarehouse } = await import('./query-warehouse.js');
    await queryWarehouse(flags);
  },
});
