/** `chat-etl lineage`: from which columns a column comes, and who uses it. */
import { type CommonArguments, defineCommand } from './common.js';

export type LineageArguments = CommonArguments & { readonly of?: string | undefined; readonly mermaid: boolean };

export const command = defineCommand<LineageArguments>({
  command: 'lineage [of]',
  describe: 'Show from which columns a column comes and who uses it; no database is needed',
  builder: (parser) =>
    parser
      .positional('of', { type: 'string', describe: 'A table, or a column as table.column; all tables without it' })
      .option('mermaid', { type: 'boolean', default: false, describe: 'As a Mermaid diagram' })
      .example('$0 lineage fact_message', 'each column of a table, up and down')
      .example('$0 lineage fact_message.user_id', 'one column, up to the sources and down to the last metric')
      .example('$0 lineage messages_daily.average_chars --mermaid', 'a diagram for a Markdown page')
      .example('$0 lineage --json', 'all columns, for other programs'),
  handler: async (flags) => {
    const { printLineage } = await import('./print-lineage.js');
    await printLineage(flags);
  },
});
