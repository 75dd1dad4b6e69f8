/** `chat-etl diff`: what changed definitions would do to published tables. */
import { type CommonArguments, defineCommand } from './common.js';
import { type ChooseArguments, chooseOptions } from './selection-flags.js';

export type DiffArguments = CommonArguments &
  ChooseArguments & {
    readonly models?: readonly string[] | undefined;
    readonly by?: string | undefined;
    readonly examples: number;
    readonly asOf?: string | undefined;
  };

export const command = defineCommand<DiffArguments>({
  command: 'diff [models..]',
  describe: 'Compute changed models aside and compare them with what is published; nothing is written',
  builder: (parser) =>
    parser
      .positional('models', {
        type: 'string',
        array: true,
        describe: 'Models, written as in --select; those that changed without any',
      })
      .options(chooseOptions)
      .option('by', {
        type: 'string',
        requiresArg: true,
        describe: 'Column for the totals; that of the day by default',
      })
      .option('examples', { type: 'number', default: 2, requiresArg: true, describe: 'How many examples of each' })
      .option('as-of', { type: 'string', requiresArg: true, describe: "The models' clock instead of the last build's" })
      .example('$0 diff', 'every model whose definition changed')
      .example('$0 diff changed+', 'these and all that reads them')
      .example('$0 diff messages_daily', 'rows, columns and days that an edited model changes')
      .example('$0 diff fact_message --by chat_id', 'totals by chat'),
  handler: async (flags) => {
    const { printDiff } = await import('./print-diff.js');
    await printDiff(flags);
  },
});
