/** `chat-etl demo`: a chat database, its warehouse and some of its numbers, with nothing to set up. */
import { type CommonArguments, defineCommand } from './common.js';
import * as generate from './demo-generate.js';

export interface DemoArguments extends CommonArguments {
  readonly messages: number;
  readonly seed: number;
  readonly folder: string;
}

export const command = defineCommand<DemoArguments>({
  command: 'demo',
  describe: 'Make a chat database, build its warehouse and show what is in it',
  builder: (parser) =>
    parser
      .command(generate.command)
      .options({
        messages: { type: 'number', requiresArg: true, default: 200_000, describe: 'Size of the chat database' },
        seed: { type: 'number', requiresArg: true, default: 1, describe: 'The same seed gives the same data' },
        folder: { type: 'string', requiresArg: true, default: 'data', describe: 'Where both databases go, made anew' },
      })
      .example('$0 demo', 'about 15 seconds')
      .example('$0 demo --messages 2000000', 'ten times as much')
      .example('$0 demo generate --into oltp', "fill the chat database of the project's connection 'oltp'"),
  handler: async (flags) => {
    const { showDemo } = await import('./show-demo.js');
    process.exitCode = await showDemo(flags);
  },
});
