/** `chat-etl new`: a source, model or pipeline to begin with. */
import { type CommonArguments, defineCommand } from './common.js';

export interface NewArguments extends CommonArguments {
  readonly kind: 'source' | 'model' | 'pipeline';
  readonly name: string;
  readonly pipeline?: string | undefined;
  readonly table?: string | undefined;
  readonly connection?: string | undefined;
  readonly from?: string | undefined;
}

export const command = defineCommand<NewArguments>({
  command: 'new <kind> <name>',
  describe: 'Begin a source, a model with its SQL and a unit test, or a pipeline',
  builder: (parser) =>
    parser
      .positional('kind', {
        choices: ['source', 'model', 'pipeline'] as const,
        demandOption: true,
        describe: 'What to begin',
      })
      .positional('name', { type: 'string', demandOption: true, describe: 'Its name: small letters, digits and _' })
      .option('pipeline', {
        type: 'string',
        alias: 'p',
        requiresArg: true,
        describe: 'The pipeline that gets it; needed where there are several',
      })
      .option('table', {
        type: 'string',
        requiresArg: true,
        describe: "source: the table in the chat database; by default the source's name",
      })
      .option('connection', {
        type: 'string',
        requiresArg: true,
        describe: 'source: where the table is; by default run.from',
      })
      .option('from', { type: 'string', requiresArg: true, describe: 'model: the table that it reads' })
      .example('$0 new source chats -p staging', 'key, cursor and deletes as the table suggests them')
      .example(
        '$0 new model chats_daily --from stg_chats -p metrics',
        'SQL, YAML and a unit test that pass as they stand',
      )
      .example('$0 new pipeline growth', 'an empty pipeline'),
  handler: async (flags) => {
    const { begin } = await import('./new-files.js');
    await begin(flags);
  },
});
