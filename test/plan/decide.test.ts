import { describe, expect, test } from 'vitest';
import type { CompiledModel, Model, Source } from '../../src/pipeline/types.js';
import { decideModel, decideSource, type ModelFacts, type UpstreamFacts } from '../../src/plan/decide.js';
import type { Position, TableState } from '../../src/plan/types.js';

const where = { path: 'pipelines/p.yaml', line: 1, column: 1 };
const state: TableState = { fingerprint: 'sql:1', rebuiltBatch: 1, changedBatch: 1, asOf: undefined, logSince: 2 };

function model(strategy: Model['strategy'], deltas: readonly string[], affects: Model['affects'] = {}): CompiledModel {
  return {
    model: {
      kind: 'model',
      name: 'fact',
      table: 'fact',
      pipeline: 'p',
      description: undefined,
      sqlFile: 'fact.sql',
      sqlOverrides: {},
      strategy,
      key: ['id'],
      deltaKey: ['id'],
      affects,
      acceptStale: [],
      partition: undefined,
      erase: undefined,
      validFrom: undefined,
      onChange: 'rebuild',
      tests: [],
      columns: [],
      contractAt: undefined,
      tags: [],
      where,
    },
    refs: [],
    deltas,
    columnsRead: {},
    usesAsOf: false,
    template: { path: 'sql/fact.sql', text: '' },
  };
}

function upstream(
  changes: Partial<UpstreamFacts> & { changedBatch?: number; rebuiltBatch?: number; logSince?: number },
): UpstreamFacts {
  return {
    table: 'stg_a',
    change: {
      changedBatch: changes.changedBatch ?? 1,
      rebuiltBatch: changes.rebuiltBatch ?? 1,
      logSince: changes.logSince ?? 2,
    },
    pending: changes.pending ?? false,
    willRebuild: changes.willRebuild ?? false,
  };
}

function facts(changes: Partial<ModelFacts>): ModelFacts {
  return {
    fingerprint: 'sql:1',
    state,
    upstreams: [upstream({})],
    positions: new Map<string, Position>([['stg_a', { batch: 1, fingerprint: 'x' }]]),
    fullRefresh: false,
    asOfMoved: false,
    ...changes,
  };
}

describe('a model', () => {
  const merge = model('merge', ['stg_a']);

  test('that was never built is built', () => {
    expect(decideModel(merge, facts({ state: undefined }))).toMatchObject({ action: 'build', condition: 'always' });
  });

  test('whose upstreams have not moved past its position is skipped', () => {
    expect(decideModel(merge, facts({}))).toMatchObject({ action: 'skip' });
  });

  test('is updated by what changed after its position', () => {
    expect(decideModel(merge, facts({ upstreams: [upstream({ changedBatch: 3 })] }))).toMatchObject({
      action: 'update',
      condition: 'always',
      reasons: ['stg_a changed'],
    });
  });

  test('that stands on something still to be read waits for what that brings', () => {
    expect(decideModel(merge, facts({ upstreams: [upstream({ pending: true })] }))).toMatchObject({
      action: 'update',
      condition: 'if_upstream_changed',
    });
  });

  test('is rebuilt when its definition changed, and the reason names the part', () => {
    expect(decideModel(merge, facts({ fingerprint: 'sql:2' }))).toMatchObject({
      action: 'rebuild',
      reasons: ['its SQL changed'],
    });
  });

  test('is rebuilt when the upstream of its delta was made anew', () => {
    expect(decideModel(merge, facts({ upstreams: [upstream({ changedBatch: 4, rebuiltBatch: 4 })] }))).toMatchObject({
      action: 'rebuild',
    });
  });

  test('is rebuilt when changes since its position were not logged', () => {
    expect(decideModel(merge, facts({ upstreams: [upstream({ changedBatch: 5, logSince: 4 })] }))).toMatchObject({
      action: 'rebuild',
      reasons: ['the changes of stg_a since the last run were not logged'],
    });
  });

  test('that has no position on an upstream whose changes it follows is rebuilt', () => {
    expect(decideModel(merge, facts({ positions: new Map() }))).toMatchObject({ action: 'rebuild' });
  });

  test('of strategy table is rebuilt whenever an upstream changed', () => {
    expect(decideModel(model('table', []), facts({ upstreams: [upstream({ changedBatch: 2 })] }))).toMatchObject({
      action: 'rebuild',
    });
  });

  test('of strategy partition is updated by what `from` maps, and rebuilt by what it does not', () => {
    const compiled = model('partition', []);
    const partition = {
      by: 'day',
      from: { stg_a: { column: 'day' } },
      spread: { before: 0, after: 0, unit: 'days' },
    } as const;
    const daily = { ...compiled, refs: ['stg_a', 'stg_b'], model: { ...compiled.model, partition } };
    const positions = new Map<string, Position>(
      ['stg_a', 'stg_b'].map((table) => [table, { batch: 1, fingerprint: 'x' }]),
    );
    const decide = (a: number, b: number) =>
      decideModel(
        daily,
        facts({
          positions,
          upstreams: [upstream({ changedBatch: a }), { ...upstream({ changedBatch: b }), table: 'stg_b' }],
        }),
      );
    expect(decide(2, 1)).toMatchObject({ action: 'update', reasons: ['stg_a changed'] });
    const reasons = ['stg_b changed, which `from` does not map'];
    expect(decide(1, 2)).toMatchObject({ action: 'rebuild', condition: 'always', reasons });
    expect(decide(2, 2)).toMatchObject({ action: 'rebuild', condition: 'always', reasons });
  });

  test('of strategy view does nothing when what it reads changes', () => {
    expect(decideModel(model('view', []), facts({ upstreams: [upstream({ changedBatch: 2 })] }))).toMatchObject({
      action: 'skip',
    });
  });

  test('of strategy snapshot keeps its history through --full-refresh', () => {
    expect(decideModel(model('snapshot', []), facts({ fullRefresh: true }))).toMatchObject({ action: 'skip' });
    expect(decideModel(merge, facts({ fullRefresh: true }))).toMatchObject({ action: 'rebuild' });
  });

  test('whose SQL as of now reads otherwise than as of its last build is rebuilt', () => {
    expect(decideModel(merge, facts({ asOfMoved: true }))).toMatchObject({
      action: 'rebuild',
      reasons: ['as_of moved'],
    });
  });
});

describe('a source', () => {
  const source: Source = {
    kind: 'source',
    name: 'a',
    table: 'stg_a',
    pipeline: 'p',
    description: undefined,
    connection: undefined,
    from: { table: 'a' },
    columns: { include: undefined, exclude: [], rename: {}, add: {} },
    key: ['id'],
    incremental: {
      cursor: { column: 'updated_at', unit: 'timestamp', timezone: 'UTC' },
      lookback: 0,
      nullCursor: 'include',
      where,
    },
    deletes: { policy: 'ignore' },
    deletedRows: 'remove',
    erase: undefined,
    retention: undefined,
    appendOnly: false,
    mayShrink: false,
    zeroDates: 'null',
    tests: [],
    tags: [],
    where,
  };
  const loaded = {
    fingerprint: 'from:1',
    state: { ...state, fingerprint: 'from:1' },
    hasWatermark: true,
    reloadAsked: false,
  };

  test('is loaded first, then read from its mark', () => {
    expect(decideSource(source, { ...loaded, state: undefined }).action).toBe('load');
    expect(decideSource(source, loaded).action).toBe('read');
  });

  test('is read again whole when its definition changed or it was asked for', () => {
    expect(decideSource(source, { ...loaded, fingerprint: 'from:2' })).toMatchObject({
      action: 'reload',
      reasons: ['its table or query changed'],
    });
    expect(decideSource(source, { ...loaded, reloadAsked: true }).action).toBe('reload');
  });

  test('without a cursor is read whole each time', () => {
    expect(decideSource({ ...source, incremental: undefined }, loaded).action).toBe('reload');
  });
});
