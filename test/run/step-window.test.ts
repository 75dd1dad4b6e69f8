import { expect, test } from 'vitest';
import type { CompiledModel, Model, Source } from '../../src/pipeline/types.js';
import type { PlanStep, WarehouseState } from '../../src/plan/types.js';
import { windowOf } from '../../src/run/step-window.js';

const source = {
  table: 'stg_messages',
  incremental: { cursor: { column: 'updated_at', unit: 'timestamp', timezone: 'UTC' }, lookback: 60_000 },
} as unknown as Source;

function modelOf(model: Partial<Model>): CompiledModel {
  return { model: { affects: {}, ...model }, deltas: ['stg_messages'] } as unknown as CompiledModel;
}

const project = {
  sources: new Map([['stg_messages', source]]),
  models: new Map([
    ['fact', modelOf({ strategy: 'merge' })],
    [
      'daily',
      modelOf({
        strategy: 'partition',
        partition: { by: 'day', from: { fact: { column: 'day' } }, spread: { before: 0, after: 27, unit: 'days' } },
      }),
    ],
  ]),
};

const state = {
  positions: new Map([['fact', new Map([['stg_messages', { batch: 7, fingerprint: '' }]])]]),
  watermarks: new Map([
    ['stg_messages', [{ safe: '2024-01-01 12:00:00.000000', seen: '2024-01-01 12:30:00.000000', heldBy: 'trx 5' }]],
  ]),
} as unknown as WarehouseState;

const windowOfStep = (step: string, action: PlanStep['action']) =>
  windowOf({ step, action } as PlanStep, project, state);

test('a source is read from its safe mark less the lookback, and what holds the mark back is told', () => {
  expect(windowOfStep('stg_messages', 'read')).toBe(
    'rows with updated_at from 2024-01-01 11:58:59.000000 on (safe 2024-01-01 12:00:00.000000, seen 2024-01-01 12:30:00.000000, held back by trx 5)',
  );
  expect(windowOfStep('stg_messages', 'reload')).toBe('all rows');
});

test('a model looks at what changed since its position, divided and spread as it says', () => {
  expect(windowOfStep('fact', 'update')).toBe('rows of changes of stg_messages since batch 7');
  expect(windowOfStep('daily', 'update')).toBe(
    'partitions of day in changes of stg_messages since batch 0, fact since batch 0, and 27 after each (days)',
  );
  expect(windowOfStep('daily', 'rebuild')).toBe('all rows');
  expect(windowOfStep('fact', 'skip')).toBeUndefined();
});
