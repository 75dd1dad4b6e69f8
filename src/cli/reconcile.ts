/** `chat-etl reconcile`: compares sources with staging row by row, and repairs what differs. */
import { type CommonArguments, defineCommand } from './common.js';
import { quietHoursOption } from './selection-flags.js';

export type ReconcileArguments = CommonArguments & {
  readonly sources?: readonly string[] | undefined;
  readonly repair: boolean;
  readonly ignoreQuietHours: boolean;
};

export const command = defineCommand<ReconcileArguments>({
  command: 'reconcile [sources..]',
  describe: 'Compare sources with their staging tables row by row; exit code 1 where they differ',
  builder: (parser) =>
    parser
      .positional('sources', { type: 'string', array: true, describe: 'Sources to compare; all where none is named' })
      .option('repair', {
        type: 'boolean',
        default: false,
        describe: 'Make staging equal to the source where they differ; the models follow with the next run',
      })
      .options(quietHoursOption)
      .example('$0 reconcile', 'all sources')
      .example('$0 reconcile messages', "the source 'messages' alone")
      .example('$0 reconcile messages --repair', 'and mend the rows that differ')
      .example('$0 reconcile --json', 'ranges and keys that differ, as JSON'),
  handler: async (flags) => {
    const { reconcileFromCommandLine } = await import('./reconcile-sources.js');
    process.exitCode = await reconcileFromCommandLine(flags);
  },
});
