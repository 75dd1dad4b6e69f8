/** Reports and plans for the tests of this folder. */
import type { Plan, PlanStep } from '../../src/plan/types.js';
import type { ErrorReport, RunReport, StepReport } from '../../src/run/events.js';

export function stepReport(step: string, values: Partial<StepReport> = {}): StepReport {
  return {
    step,
    kind: step.startsWith('stg_') ? 'source' : 'model',
    pipeline: 'facts',
    action: step.startsWith('stg_') ? 'read' : 'update',
    status: 'succeeded',
    reasons: [],
    startedAt: '2024-03-01T10:00:00.000Z',
    durationMs: 400,
    rowsRead: 0,
    rowsInserted: 0,
    rowsUpdated: 0,
    rowsDeleted: 0,
    rowsUnchanged: 0,
    bytes: 0,
    cursorFrom: undefined,
    cursorTo: undefined,
    attempt: 1,
    warnings: [],
    error: undefined,
    ...values,
  };
}

export function runReport(steps: readonly StepReport[], values: Partial<RunReport> = {}): RunReport {
  return {
    runId: '20240301T100000-abcdef',
    batch: 7,
    status: 'succeeded',
    trigger: 'cli',
    pipelines: [],
    selection: undefined,
    startedAt: '2024-03-01T10:00:00.000Z',
    durationMs: 4210,
    steps,
    warnings: steps.flatMap((step) => step.warnings),
    error: undefined,
    ...values,
  };
}

export function planStep(step: string, values: Partial<PlanStep> = {}): PlanStep {
  return {
    step,
    kind: step.startsWith('stg_') ? 'source' : 'model',
    strategy: step.startsWith('stg_') ? 'source' : 'merge',
    pipeline: 'facts',
    action: step.startsWith('stg_') ? 'read' : 'update',
    condition: 'always',
    reasons: [],
    upstreams: [],
    warnings: [],
    fingerprint: 'f',
    ...values,
  };
}

export function plan(steps: readonly PlanStep[]): Plan {
  return { steps, atomicity: 'run', asOf: '2024-03-01 10:00:00', definitionsHash: 'd' };
}

export const failure: ErrorReport = {
  code: 'MODEL_SQL',
  message: 'column "chat" does not exist',
  where: 'sql/facts/fact_message.sql:3:10',
  sourceLine: '\tselect m.chat, {{date_key "m.created_at"}}',
  hint: "did you mean 'chat_id'?",
  sql: ['-- head', 'with m as (', '  select m.chat, 20240301', ')', 'select * from m'].join('\n'),
};

/** Write into a list. */
export function collector(): { readonly lines: () => string; readonly write: (text: string) => void } {
  const texts: string[] = [];
  return { lines: () => texts.join(''), write: (text) => void texts.push(text) };
}
