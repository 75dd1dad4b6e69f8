/** `chat-etl backfill`: computes the days of a range again, chunk by chunk. */
import { type CommonArguments, defineCommand } from './common.js';

export type BackfillArguments = CommonArguments & {
  readonly model: string;
  readonly from: string;
  readonly to: string;
  readonly chunk?: string | undefined;
  readonly restart: boolean;
  readonly asOf?: string | undefined;
};

export const command = defineCommand<BackfillArguments>({
  command: 'backfill <model>',
  describe: 'Compute the days of a range again, of a model with the strategy partition; each chunk is a run of its own',
  builder: (parser) =>
    parser
      .positional('model', { type: 'string', demandOption: true, describe: 'Model' })
      .option('from', { type: 'string', demandOption: true, requiresArg: true, describe: 'First day, YYYY-MM-DD' })
      .option('to', { type: 'string', demandOption: true, requiresArg: true, describe: 'Last day, included' })
      .option('chunk', {
        type: 'string',
        requiresArg: true,
        describe: 'So much a run, e.g. "1 month", "7 days"; all in one by default',
      })
      .option('restart', {
        type: 'boolean',
        default: false,
        describe: 'Do again what the same backfill had done before it was stopped',
      })
      .option('as-of', { type: 'string', requiresArg: true, describe: "The model's clock instead of now" })
      .example('$0 backfill messages_daily --from 2024-03-01 --to 2024-03-31', 'a month')
      .example('$0 backfill messages_daily --from 2023-01-01 --to 2024-12-31 --chunk "1 month"', 'month by month'),
  handler: async (flags) => {
    const { backfillFromCommandLine } = await import('./backfill-model.js');
    process.exitCode = await backfillFromCommandLine(flags);
  },
});
