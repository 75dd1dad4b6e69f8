/** `chat-etl compile`: the SQL of models as runs execute it. */
import { type CommonArguments, defineCommand } from './common.js';
import { type ChooseArguments, chooseOptions } from './selection-flags.js';

export type CompileArguments = CommonArguments &
  ChooseArguments & {
    readonly models?: readonly string[] | undefined;
    readonly full: boolean;
    readonly asOf?: string | undefined;
  };

export const command = defineCommand<CompileArguments>({
  command: 'compile [models..]',
  describe: 'Show the SQL of models as runs execute it; no database is needed',
  builder: (parser) =>
    parser
      .positional('models', { type: 'string', array: true, describe: 'Models to show, written as in --select' })
      .options(chooseOptions)
      .option('full', { type: 'boolean', default: false, describe: 'As a rebuild runs it, not an update' })
      .option('as-of', { type: 'string', requiresArg: true, describe: "The models' clock instead of now" })
      .example('$0 compile messages_daily', 'one model')
      .example('$0 compile fact_message --full', 'over whole tables')
      .example('$0 compile --env prod', "all models, in the SQL of that environment's warehouse"),
  handler: async (flags) => {
    const { printSql } = await import('./print-sql.js');
    await printSql(flags);
  },
});
