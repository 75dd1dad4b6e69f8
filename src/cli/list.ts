/** `chat-etl list`: the sources and models, and who reads whom. */
import { type CommonArguments, defineCommand } from './common.js';
import { type ChooseArguments, chooseOptions } from './selection-flags.js';

export type ListArguments = CommonArguments & ChooseArguments & { readonly mermaid: boolean };

export const command = defineCommand<ListArguments>({
  command: 'list',
  describe: 'Show the sources and models as a tree: what reads a table stands below it',
  builder: (parser) =>
    parser
      .options(chooseOptions)
      .option('mermaid', { type: 'boolean', default: false, describe: 'As a Mermaid diagram' })
      .example('$0 list', 'the whole graph')
      .example('$0 list --select +messages_daily', 'what a model stands on')
      .example('$0 list --mermaid > graph.mmd', 'a diagram for a Markdown page')
      .example('$0 list --json', 'with tags, descriptions, upstreams and downstreams'),
  handler: async (flags) => {
    const { printGraph } = await import('./print-graph.js');
    await printGraph(flags);
  },
});
