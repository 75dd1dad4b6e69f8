/** `chat-etl schedule`: runs again and again. */
import { type CommonArguments, defineCommand } from './common.js';

export type ScheduleArguments = CommonArguments & {
  readonly every?: string | undefined;
  readonly cron?: string | undefined;
  readonly timezone?: string | undefined;
};

export const command = defineCommand<ScheduleArguments>({
  command: 'schedule',
  describe: 'Run again and again, at the times the config and the pipelines say',
  builder: (parser) =>
    parser
      .option('every', { type: 'string', requiresArg: true, describe: 'All pipelines at this interval, e.g. 15m, 1h' })
      .option('cron', { type: 'string', requiresArg: true, describe: 'All pipelines at these times' })
      .option('timezone', { type: 'string', requiresArg: true, describe: "Zone of --cron; the config's by default" })
      .conflicts('every', ['cron', 'timezone'])
      .implies('timezone', 'cron')
      .example('$0 schedule', 'as the config and the pipelines say')
      .example('$0 schedule --every 15m', 'everything every quarter of an hour')
      .example('$0 schedule --cron "0 3 * * *" --timezone Europe/Berlin', 'every night at three')
      .epilogue(
        'One run at a time; ticks missed meanwhile run once; a failed run does not stop the next. SIGTERM ends it cleanly.',
      ),
  handler: async (flags) => {
    const { keepScheduleFromCommandLine } = await import('./keep-schedule.js');
    process.exitCode = await keepScheduleFromCommandLine(flags);
  },
});
