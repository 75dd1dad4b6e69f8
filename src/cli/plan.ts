/** `chat-etl plan`: what a run would do, and why. */
import { type CommonArguments, defineCommand } from './common.js';
import { type SelectionArguments, selectionOptions } from './selection-flags.js';

type PlanArguments = CommonArguments & SelectionArguments & { readonly sql: boolean; readonly explain: boolean };

export const command = defineCommand<PlanArguments>({
  command: 'plan',
  describe: 'Show what a run would do, and why; nothing is written',
  builder: (parser) =>
    parser
      .options(selectionOptions)
      .option('sql', { type: 'boolean', default: false, describe: 'With the SQL of each step' })
      .option('explain', {
        type: 'boolean',
        default: false,
        describe: 'With the rows and time that each step is expected to take, by its last runs',
      })
      .example('$0 plan', 'all steps with their reasons')
      .example('$0 plan -p facts --sql', "the pipeline 'facts' with its SQL")
      .example('$0 plan --select +messages_daily', 'one model and what it needs')
      .example('$0 plan --full-refresh --json', 'what a full refresh would do, as JSON'),
  handler: async (flags) => {
    const { printPlan } = await import('./plan-project.js');
    await printPlan(flags);
  },
});
