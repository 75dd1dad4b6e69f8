/** A plan as people read it: what would run, and why. */
import type { Plan, PlanStep } from '../plan/types.js';
import { plural } from './format.js';
import type { Paint } from './paint.js';

/** `sql` by step, shown below each step; without it steps alone. `explained` gives the lines that say more of a step. */
export function formatPlan(
  plan: Plan,
  sql: ReadonlyMap<string, readonly string[]> | undefined,
  paint: Paint,
  explained: (step: PlanStep) => readonly string[] = () => [],
): string {
  const nameWidth = Math.max(0, ...plan.steps.map(({ step }) => step.length));
  const steps = plan.steps.flatMap((step) => stepLines(step, nameWidth, sql?.get(step.step), paint, explained(step)));
  const atWork = plan.steps.filter(({ action }) => action !== 'skip').length;
  const counts = `${plural(plan.steps.length, 'step')}, ${atWork} with work to do`;
  return [...steps, '', paint.dim(`${counts}; atomicity ${plan.atomicity}, as of ${plan.asOf}`)].join('\n');
}

function stepLines(
  step: PlanStep,
  nameWidth: number,
  sql: readonly string[] | undefined,
  paint: Paint,
  explained: readonly string[],
): readonly string[] {
  const told = step.action === 'skip' || step.reasons.some((reason) => reason.startsWith('if '));
  const conditional = step.condition === 'if_upstream_changed' && !told;
  const action = step.action === 'skip' ? paint.dim(step.action.padEnd(9)) : paint.green(step.action.padEnd(9));
  const reasons = [...(conditional ? ['if upstream changed'] : []), ...step.reasons];
  const head = `${step.step.padEnd(nameWidth)}  ${action}${step.strategy.padEnd(11)}`;
  const indent = ' '.repeat(nameWidth + 22);
  const first = `${head}${reasons[0] ?? ''}`.trimEnd();
  return [
    first,
    ...reasons.slice(1).map((reason) => `${indent}${reason}`),
    ...explained.map((line) => paint.dim(`${indent}${line}`)),
    ...step.warnings.map(({ message }) => paint.yellow(`  ! ${message}`)),
    ...(sql ?? []).flatMap((statement) => [
      '',
      ...statement
        .trim()
        .split('\n')
        .map((line) => paint.dim(`    ${line}`)),
    ]),
    ...(sql === undefined || sql.length === 0 ? [] : ['']),
  ];
}
