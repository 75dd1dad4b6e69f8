/** `chat-etl preview`: rows that a model's SQL would give now. */
import { type CommonArguments, defineCommand } from './common.js';
import { csvOption } from './query.js';

export type PreviewArguments = CommonArguments & {
  readonly model: string;
  readonly limit: number;
  readonly where?: string | undefined;
  readonly asOf?: string | undefined;
  readonly csv: boolean;
};

export const command = defineCommand<PreviewArguments>({
  command: 'preview <model>',
  describe: "Show rows that a model's SQL gives now, from the published tables; nothing is written",
  builder: (parser) =>
    parser
      .positional('model', { type: 'string', demandOption: true, describe: 'Model, or staging table of a source' })
      .option('limit', { alias: 'n', type: 'number', default: 20, requiresArg: true, describe: 'How many rows' })
      .option('where', { type: 'string', requiresArg: true, describe: 'A condition in SQL on its columns' })
      .option('as-of', { type: 'string', requiresArg: true, describe: "The model's clock instead of now" })
      .option('csv', csvOption)
      .example('$0 preview messages_daily', 'the first rows of an edited model, before any run')
      .example(`$0 preview messages_daily --where "messages > 100" -n 5`, 'some of them'),
  handler: async (flags) => {
    const { previewModel } = await import('./preview-model.js');
    await previewModel(flags);
  },
});
