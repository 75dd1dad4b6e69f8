/** `chat-etl helpers`: what templates may say, and what it becomes. */
import { type CommonArguments, defineCommand } from './common.js';

export type HelpersArguments = CommonArguments & { readonly name?: string | undefined; readonly markdown: boolean };

export const command = defineCommand<HelpersArguments>({
  command: 'helpers [name]',
  describe: 'Show the helpers of SQL templates, and what they become in each database',
  builder: (parser) =>
    parser
      .positional('name', { type: 'string', describe: 'One helper, with its SQL' })
      .option('markdown', { type: 'boolean', default: false, describe: 'As a Markdown page, docs/helpers.md' })
      .example('$0 helpers', 'all of them, a line each')
      .example('$0 helpers date_of', 'one, with the SQL that it becomes'),
  handler: async (flags) => {
    const { printHelpers } = await import('./print-helpers.js');
    await printHelpers(flags);
  },
});
