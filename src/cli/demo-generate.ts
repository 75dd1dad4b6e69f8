/** `chat-etl demo generate`: fills a connection with a realistic chat product's data. */
import { EtlError } from '../errors.js';
import { type CommonArguments, defineCommand, printJson, say } from './common.js';

interface GenerateArguments extends CommonArguments {
  readonly into: string;
  readonly messages: number;
  readonly seed: number;
  readonly until?: string | undefined;
  readonly replace: boolean;
}

export const command = defineCommand<GenerateArguments>({
  command: 'generate',
  describe: "Fill a connection with a chat product's tables: users, chats, chat_members, messages, reactions",
  builder: (parser) =>
    parser
      .options({
        into: { type: 'string', requiresArg: true, demandOption: true, describe: 'Connection of the config' },
        messages: { type: 'number', requiresArg: true, default: 200_000, describe: 'Size of the chat database' },
        seed: { type: 'number', requiresArg: true, default: 1, describe: 'The same seed gives the same data' },
        until: { type: 'string', requiresArg: true, describe: 'End of the data, UTC; default: the last full hour' },
        replace: { type: 'boolean', default: false, describe: 'Also where the tables hold rows, which are lost' },
      })
      .example('$0 demo generate --into oltp', '200,000 messages of the last 180 days')
      .example('$0 demo generate --into oltp --seed 7 --until 2024-06-30', 'the same data each time'),
  handler: generate,
});

async function generate(flags: GenerateArguments): Promise<void> {
  const size = {
    messages: messageCount(flags.messages),
    seed: flags.seed,
    until: flags.until === undefined ? lastFullHour() : untilFlag(flags.until),
  };
  const [{ openChatDatabase }, { fillChat }, { formatRows, formatDuration }, { withProject }] = await Promise.all([
    import('../demo/targets.js'),
    import('../demo/fill.js'),
    import('../report/format.js'),
    import('./with-project.js'),
  ]);
  await withProject(flags, async ({ config }) => {
    const connection = config.connections[flags.into];
    if (connection === undefined) {
      const hint = `one of: ${Object.keys(config.connections).join(', ')}`;
      throw new EtlError('USAGE', `no connection is called '${flags.into}'`, { hint });
    }
    const startedAt = Date.now();
    const database = await openChatDatabase(connection);
    try {
      const rows = await fillChat(database, size, flags.replace);
      if (flags.json) return printJson(rows);
      for (const [table, count] of Object.entries(rows)) say(`${table}: ${formatRows(count)}`);
      say(`filled '${flags.into}' in ${formatDuration(Date.now() - startedAt)}`);
    } finally {
      await database.close();
    }
  });
}

/** Errors: USAGE where it is no whole number from 1. */
export function messageCount(messages: number): number {
  if (Number.isInteger(messages) && messages > 0) return messages;
  throw new EtlError('USAGE', '--messages takes a whole number from 1');
}

export function lastFullHour(): Date {
  const hourMs = 3_600_000;
  return new Date(Math.floor(Date.now() / hourMs) * hourMs);
}

function untilFlag(text: string): Date {
  const withZone = /^\d{4}-\d\d-\d\d$|Z$|[+-]\d\d:\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`;
  const until = new Date(withZone);
  if (Number.isNaN(until.getTime())) {
    throw new EtlError('USAGE', `--until '${text}' is no point in time`, { hint: "e.g. '2024-06-30T12:00:00Z'" });
  }
  return until;
}
