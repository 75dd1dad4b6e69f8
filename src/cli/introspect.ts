/** `chat-etl introspect`: records the columns of the sources, for `validate` to check the SQL against. */
import { type CommonArguments, defineCommand } from './common.js';

export interface IntrospectArguments extends CommonArguments {
  readonly connection?: readonly string[] | undefined;
}

export const command = defineCommand<IntrospectArguments>({
  command: 'introspect',
  describe: "Record the sources' columns in introspected/, for `validate` to check the SQL without a database",
  builder: (parser) =>
    parser
      .option('connection', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'Only these connections; all that sources are read from by default',
      })
      .example('$0 introspect', 'write introspected/<connection>.yaml; commit it')
      .example('$0 introspect --env prod', 'as the production database has them'),
  handler: async (flags) => {
    const { introspect } = await import('./introspect-sources.js');
    await introspect(flags);
  },
});
