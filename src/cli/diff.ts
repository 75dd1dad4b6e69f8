/** `chat-etl diff`: what a changed definition would do to a published table. */
import { type CommonArguments, defineCommand } from './common.js';

export type DiffArguments = CommonArguments & {
  readonly model: string;
  readonly by?: string | undefined;
  readonly examples: number;
  readonly asOf?: string | undefined;
};

export const command = defineCommand<DiffArguments>({
  command: 'diff <model>',
  describe: 'Compute a changed model aside and compare it with what is published; nothing is written',
  builder: (parser) =>
    parser
      .positional('model', { type: 'string', demandOption: true, describe: 'Model' })
      .option('by', {
        type: 'string',
        requiresArg: true,
        describe: 'Column for the totals; that of the day by default',
      })
      .option('examples', { type: 'number', default: 2, requiresArg: true, describe: 'How many examples of each' })
      .option('as-of', { type: 'string', requiresArg: true, describe: "The models' clock instead of the last build's" })
      .example('$0 diff messages_daily', 'rows, columns and days that an edited model changes')
      .example('$0 diff fact_message --by chat_id', 'totals by chat'),
  handler: async (flags) => {
    const { printDiff } = await import('./print-diff.js');
    await printDiff(flags);
  },
});
