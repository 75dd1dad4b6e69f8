/** `chat-etl prune`: tables whose definitions are gone. */
import { type CommonArguments, defineCommand } from './common.js';

export type PruneArguments = CommonArguments & {
  readonly tables?: readonly string[] | undefined;
  readonly yes: boolean;
};

export const command = defineCommand<PruneArguments>({
  command: 'prune [tables..]',
  describe: 'Show the tables that runs have made and no definition names any more; remove them with --yes',
  builder: (parser) =>
    parser
      .positional('tables', { type: 'string', array: true, describe: 'Only these of them' })
      .option('yes', { type: 'boolean', default: false, describe: 'Remove them' })
      .example('$0 prune', 'what there is to remove')
      .example('$0 prune old_daily --yes', 'remove one of them'),
  handler: async (flags) => {
    const { pruneTables } = await import('./prune-tables.js');
    await pruneTables(flags);
  },
});
