/** Makes the plan and prints it. */
import type { UsualWork } from '../journal/usual-work.js';
import { maskSecrets } from '../mask.js';
import type { PlanStep } from '../plan/types.js';
import { formatExpectation } from '../report/expectation.js';
import { paintFor } from '../report/paint.js';
import { formatPlan } from '../report/plan.js';
import { planProject } from '../run/plan-project.js';
import { type CommonArguments, printData, printJson } from './common.js';
import { asOfFlag, selectionOf } from './selection.js';
import type { SelectionArguments } from './selection-flags.js';
import { withProject } from './with-project.js';

/** `sql`: with the SQL of each step; `explain`: with what each looks at and is expected to take. */
export interface PlanFlags extends CommonArguments, SelectionArguments {
  readonly sql: boolean;
  readonly explain: boolean;
}

export function printPlan(flags: PlanFlags): Promise<void> {
  return withProject(flags, async ({ config, project, fingerprints }) => {
    const selection = selectionOf(flags, project);
    const asOf = asOfFlag(flags.asOf);
    const { plan, usual, windows, writeSql } = await planProject({
      config,
      project,
      fingerprints,
      selection,
      ...(asOf === undefined ? {} : { asOf }),
    });
    const masked = (texts: readonly string[]) => texts.map((text) => maskSecrets(text, config.secrets));
    const sql = flags.sql ? new Map([...writeSql()].map(([model, texts]) => [model, masked(texts)])) : undefined;
    const usualOf = ({ step, action }: PlanStep) => usual.get(step)?.get(action);
    const steps = plan.steps.map((step) =>
      flags.explain ? { ...step, window: windows.get(step.step), expected: usualOf(step) } : step,
    );
    const explained = (step: PlanStep) => (flags.explain ? explanationOf(step, windows, usualOf(step)) : []);
    if (flags.json) printJson({ ...plan, steps, ...(sql === undefined ? {} : { sql: Object.fromEntries(sql) }) });
    else printData(formatPlan(plan, sql, paintFor(process.stdout), explained));
  });
}

function explanationOf(
  step: PlanStep,
  windows: ReadonlyMap<string, string>,
  usual: UsualWork | undefined,
): readonly string[] {
  const window = windows.get(step.step);
  const expectation = formatExpectation(step, usual);
  return [
    ...(window === undefined ? [] : [`looks at: ${window}`]),
    ...(expectation === undefined ? [] : [expectation]),
  ];
}
