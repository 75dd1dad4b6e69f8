/** `chat-etl init`: a new project that runs at once. */
import { type CommonArguments, defineCommand } from './common.js';

export type InitArguments = CommonArguments & { readonly dir: string };

export const command = defineCommand<InitArguments>({
  command: 'init <dir>',
  describe: 'Make a new project: config, one pipeline, one SQL file and a small chat database to try it on',
  builder: (parser) =>
    parser
      .positional('dir', { type: 'string', demandOption: true, describe: 'Folder to make; it must be empty' })
      .example('$0 init shop', "a project in the folder 'shop'; then: cd shop && chat-etl run"),
  handler: async (flags) => {
    const { makeProject } = await import('./make-project.js');
    await makeProject(flags.dir, flags);
  },
});
