/** `chat-etl run`: reads the sources and brings the models up to date, once. */
import { type CommonArguments, defineCommand } from './common.js';
import { quietHoursOption, type SelectionArguments, selectionOptions } from './selection-flags.js';

export type RunArguments = CommonArguments &
  SelectionArguments & { readonly ignoreQuietHours: boolean; readonly dryRun: boolean; readonly resume: boolean };

export const command = defineCommand<RunArguments>({
  command: 'run',
  describe: 'Read the sources and bring the models up to date, once',
  builder: (parser) =>
    parser
      .options(selectionOptions)
      .options(quietHoursOption)
      .option('resume', {
        type: 'boolean',
        default: false,
        describe:
          'Go on with the last run, if it failed and `atomicity` is step: the steps it has left, with its flags',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'Show what would be done and why, as `plan` does',
      })
      .example('$0 run', 'everything that changed')
      .example('$0 run -p facts', "the pipeline 'facts' and what it needs")
      .example('$0 run -p metrics --no-deps', "the pipeline 'metrics' alone")
      .example('$0 run --select changed+', 'models that were edited, and what reads them')
      .example('$0 run --full-refresh', 'rebuild all models from staging')
      .example('$0 run --reload messages', "read the source 'messages' again from the start")
      .example('$0 run --detect messages', "look for deleted rows of the source 'messages' now")
      .example('$0 run --env prod --json', 'in another environment, the report as JSON'),
  handler: async (flags) => {
    if (flags.dryRun && !flags.resume) {
      const { printPlan } = await import('./plan-project.js');
      return printPlan({ ...flags, sql: false, explain: false });
    }
    const { runFromCommandLine } = await import('./run-once.js');
    process.exitCode = await runFromCommandLine(flags);
  },
});
