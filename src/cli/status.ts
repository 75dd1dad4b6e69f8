/** `chat-etl status`: how each source and table stands. */
import { type CommonArguments, defineCommand } from './common.js';

export const command = defineCommand<CommonArguments>({
  command: 'status',
  describe: 'Show how each source and table stands: last success, rows, lag behind the source, overdue or not',
  builder: (parser) =>
    parser
      .example('$0 status', 'how everything stands')
      .example('$0 status --json', 'the same as JSON, with exact marks'),
  handler: async (flags) => {
    const { printStatus } = await import('./print-status.js');
    await printStatus(flags);
  },
});
