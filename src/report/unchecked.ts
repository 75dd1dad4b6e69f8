/** What `validate` could not check without a database, and why. */
import type { Unchecked } from '../check/findings.js';

const mostNamed = 4;

/** A line for each reason, with the steps that it holds for. */
export function formatUnchecked(unchecked: readonly Unchecked[]): string {
  const byReason = new Map<string, readonly string[]>();
  for (const { step, reason } of unchecked) byReason.set(reason, [...(byReason.get(reason) ?? []), step]);
  return [...byReason].map(([reason, steps]) => `not checked: ${named(steps)}: ${reason}`).join('\n');
}

function named(steps: readonly string[]): string {
  const shown = steps.slice(0, mostNamed).join(', ');
  return steps.length > mostNamed ? `${shown} and ${steps.length - mostNamed} more` : shown;
}
