import { expect, test } from 'vitest';
import { loadProject } from '../../src/pipeline/load.js';
import { selectSteps } from '../../src/pipeline/select.js';
import type { Project } from '../../src/pipeline/types.js';
import { compileOptions, configWith } from './project-files.js';

async function project(ofFactMessage = 'tests: []'): Promise<Project> {
  const config = await configWith({
    'pipelines/facts.yaml': `pipeline: facts\nmodels:\n  fact_message: { sql: fact.sql, strategy: merge, key: id, ${ofFactMessage} }\n  fact_other: { sql: other.sql, strategy: table }\n`,
    'pipelines/metrics.yaml': 'pipeline: metrics\nmodels:\n  per_day: { sql: day.sql, strategy: table }\n',
    'pipelines/staging.yaml':
      'pipeline: staging\nsources:\n  messages: { table: messages, key: id }\n  users: { table: users, key: id }\n',
    'sql/fact.sql': 'select * from {{delta "stg_messages"}}',
    'sql/other.sql': 'select * from {{ref "stg_users"}}',
    'sql/day.sql': 'select * from {{ref "fact_message"}}',
  });
  return loadProject(config, await compileOptions());
}

test('no pipeline named means all steps', async () => {
  expect(selectSteps(await project(), { pipelines: [], withUpstreams: true })).toEqual([
    'stg_messages',
    'stg_users',
    'fact_message',
    'fact_other',
    'per_day',
  ]);
});

test('a pipeline brings what it needs, and what that needs, in order', async () => {
  expect(selectSteps(await project(), { pipelines: ['metrics'], withUpstreams: true })).toEqual([
    'stg_messages',
    'fact_message',
    'per_day',
  ]);
});

test('a pipeline brings the tables that its tests look into', async () => {
  const loaded = await project('tests: [{ relationship: { column: user_id, to: stg_users.id } }]');
  expect(selectSteps(loaded, { pipelines: ['metrics'], withUpstreams: true })).toContain('stg_users');
  expect(selectSteps(loaded, { pipelines: ['metrics'], withUpstreams: false })).toEqual(['per_day']);
});

test('without upstreams a pipeline is its own steps alone', async () => {
  const steps = selectSteps(await project(), { pipelines: ['metrics', 'staging'], withUpstreams: false });
  expect(steps).toEqual(['stg_messages', 'stg_users', 'per_day']);
});

test('without upstreams a pipeline brings the views that it reads, and none of the tables under them', async () => {
  const config = await configWith({
    'pipelines/facts.yaml': 'pipeline: facts\nmodels:\n  fact: { sql: fact.sql, strategy: table }\n',
    'pipelines/views.yaml':
      'pipeline: views\nmodels:\n  inner: { sql: inner.sql, strategy: view }\n  outer: { sql: outer.sql, strategy: view }\n  other: { sql: outer.sql, strategy: view }\n',
    'pipelines/metrics.yaml': 'pipeline: metrics\nmodels:\n  per_day: { sql: day.sql, strategy: table }\n',
    'sql/fact.sql': 'select 1 as n',
    'sql/inner.sql': 'select * from {{ref "fact"}}',
    'sql/outer.sql': 'select * from {{ref "inner"}}',
    'sql/day.sql': 'select * from {{ref "outer"}}',
  });
  const loaded = await loadProject(config, await compileOptions());
  expect(selectSteps(loaded, { pipelines: ['metrics'], withUpstreams: false })).toEqual(['inner', 'outer', 'per_day']);
});

test('an unknown pipeline is named with the nearest', async () => {
  const loaded = await project();
  expect(() => selectSteps(loaded, { pipelines: ['metric'], withUpstreams: true })).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: "no pipeline is called 'metric'",
      hint: "did you mean 'metrics'?",
    }),
  );
});
