/** `chat-etl validate`: all mistakes in the definitions at once; no database is needed. */
import { defineCommand } from './common.js';
import type { ValidateArguments } from './validate-project.js';

export const command = defineCommand<ValidateArguments>({
  command: 'validate',
  describe: 'Check the config, the pipelines and the SQL; no database is needed without --connected',
  builder: (parser) =>
    parser
      .option('format', {
        choices: ['text', 'github'] as const,
        default: 'text',
        describe: 'How problems are printed; `github` makes annotations of a pull request',
      })
      .option('connected', {
        type: 'boolean',
        default: false,
        describe:
          'Ask the databases too: rights, settings, columns of the sources, the SQL on the warehouse; nothing is written',
      })
      .example('$0 validate', 'all problems at once, as path:line:column')
      .example('$0 validate --env prod', 'as another environment sees the definitions')
      .example('$0 validate --connected --env prod', 'before the first run on a server')
      .example('$0 validate --json', 'the problems as JSON'),
  handler: async (flags) => {
    const { validate } = await import('./validate-project.js');
    process.exitCode = await validate(flags);
  },
});
