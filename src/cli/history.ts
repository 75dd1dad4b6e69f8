/** `chat-etl history`: the last runs and their steps. */
import { type CommonArguments, defineCommand } from './common.js';

export type HistoryArguments = CommonArguments & {
  readonly limit: number;
  readonly steps: boolean;
  readonly pipeline?: string | undefined;
};

export const command = defineCommand<HistoryArguments>({
  command: 'history',
  describe: 'Show the last runs and their steps',
  builder: (parser) =>
    parser
      .option('limit', { alias: 'n', type: 'number', default: 10, requiresArg: true, describe: 'How many runs' })
      .option('steps', { type: 'boolean', default: false, describe: 'With the steps of each run' })
      .option('pipeline', { alias: 'p', type: 'string', requiresArg: true, describe: 'Only runs of this pipeline' })
      .example('$0 history', 'the last ten runs')
      .example('$0 history -n 1 --steps', 'the last run and what its steps did')
      .example('$0 history --json', 'the same as JSON'),
  handler: async (flags) => {
    const { printHistory } = await import('./print-history.js');
    await printHistory(flags);
  },
});
