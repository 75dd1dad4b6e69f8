/** Makes the plan and prints it. */
import { maskSecrets } from '../mask.js';
import { paintFor } from '../report/paint.js';
import { formatPlan } from '../report/plan.js';
import { planProject } from '../run/plan-project.js';
import { type CommonArguments, printData, printJson } from './common.js';
import { asOfFlag, selectionOf } from './selection.js';
import type { SelectionArguments } from './selection-flags.js';
import { withProject } from './with-project.js';

export function printPlan(flags: CommonArguments & SelectionArguments & { readonly sql: boolean }): Promise<void> {
  return withProject(flags, async ({ config, project }) => {
    const selection = selectionOf(flags, project);
    const asOf = asOfFlag(flags.asOf);
    const { plan, sql: all } = await planProject({
      config,
      project,
      selection,
      ...(asOf === undefined ? {} : { asOf }),
    });
    const sql = new Map(
      [...all].map(([model, texts]) => [model, texts.map((text) => maskSecrets(text, config.secrets))]),
    );
    if (flags.json) printJson(flags.sql ? { ...plan, sql: Object.fromEntries(sql) } : plan);
    else printData(formatPlan(plan, flags.sql ? sql : undefined, paintFor(process.stdout)));
  });
}
