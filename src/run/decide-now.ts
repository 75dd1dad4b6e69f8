/** What is to be done with a model at its turn: its upstreams are as they will be. */
import type { CompiledModel } from '../pipeline/types.js';
import type { Decision } from '../plan/decide.js';
import { resolveModel } from '../plan/plan.js';
import type { PlanStep } from '../plan/types.js';
import { planRequest, type RunContext } from './context.js';
import type { LiveState } from './live-state.js';

export function decideNow(context: RunContext, state: LiveState, compiled: CompiledModel, step: PlanStep): Decision {
  const settled = () => ({ pending: false, willRebuild: false });
  return resolveModel(compiled, step.fingerprint, planRequest(context, state), settled);
}
