import { describe, expect, test } from 'vitest';
import { loadProject } from '../../src/pipeline/load.js';
import { asksForChanges, selectSteps } from '../../src/pipeline/select.js';
import type { Project } from '../../src/pipeline/types.js';
import { compileOptions, configWith } from './project-files.js';

// stg_messages -> fact_message -> per_day -> per_week; stg_users -> dim_user -> per_day; fact_message -> (view) recent -> top
async function load(): Promise<Project> {
  const config = await configWith({
    'pipelines/staging.yaml':
      'pipeline: staging\nsources:\n  messages: { table: messages, key: id, tags: [hot] }\n  users: { table: users, key: id }\n',
    'pipelines/facts.yaml':
      'pipeline: facts\nmodels:\n  fact_message: { sql: fact.sql, strategy: merge, key: id, tags: [hot, daily] }\n  dim_user: { sql: dim.sql, strategy: table }\n  recent: { sql: recent.sql, strategy: view }\n',
    'pipelines/metrics.yaml':
      'pipeline: metrics\nmodels:\n  per_day: { sql: day.sql, strategy: table, tags: [daily] }\n  per_week: { sql: week.sql, strategy: table }\n  top: { sql: top.sql, strategy: table }\n',
    'sql/fact.sql': 'select * from {{delta "stg_messages"}}',
    'sql/dim.sql': 'select * from {{ref "stg_users"}}',
    'sql/recent.sql': 'select * from {{ref "fact_message"}}',
    'sql/day.sql': 'select * from {{ref "fact_message"}}, {{ref "dim_user"}}',
    'sql/week.sql': 'select * from {{ref "per_day"}}',
    'sql/top.sql': 'select * from {{ref "recent"}}',
  });
  return loadProject(config, await compileOptions());
}

let loaded: Promise<Project> | undefined;

/** One for all tests. */
function project(): Promise<Project> {
  loaded ??= load();
  return loaded;
}

const changed = () => new Set(['dim_user']);

async function chosen(
  select: readonly string[],
  exclude: readonly string[] = [],
  pipelines: readonly string[] = [],
): Promise<string> {
  return selectSteps(await project(), { pipelines, withUpstreams: true, select, exclude }, changed).join(' ');
}

describe('--select', () => {
  test.each([
    ['per_day', 'per_day'],
    ['per_*', 'per_day per_week'],
    ['per_week per_day', 'per_day per_week'],
    ['+per_day', 'stg_messages stg_users fact_message dim_user per_day'],
    ['1+per_day', 'fact_message dim_user per_day'],
    ['dim_user+', 'dim_user per_day per_week'],
    ['dim_user+1', 'dim_user per_day'],
    ['1+dim_user+1', 'stg_users dim_user per_day'],
    ['tag:daily', 'fact_message per_day'],
    ['tag:h*', 'stg_messages fact_message'],
    ['tag:daily,tag:hot', 'fact_message'],
    ['tag:daily,pipeline:metrics', 'per_day'],
    ['tag:hot,pipeline:facts per_week', 'fact_message per_week'],
    ['pipeline:staging', 'stg_messages stg_users'],
    ['source:users', 'stg_users'],
    ['source:*', 'stg_messages stg_users'],
    ['source:users+', 'stg_users dim_user per_day per_week'],
    ['changed', 'dim_user'],
    ['changed+', 'dim_user per_day per_week'],
    ['changed,tag:hot', ''],
    ['+per_week,fact_message+', 'fact_message per_day per_week'],
  ])('%s chooses %s', async (expression, tables) => {
    expect(await chosen([expression])).toBe(tables);
  });

  test('several flags are alternatives', async () => {
    expect(await chosen(['per_day', 'source:users'])).toBe('stg_users per_day');
  });

  test('takes exactly what it names, and the views that these read, also where they are excluded', async () => {
    expect(await chosen(['top'])).toBe('recent top');
    expect(await chosen(['top'], ['recent'])).toBe('recent top');
  });

  test('chooses among the steps that the pipelines take, with what they need', async () => {
    expect(await chosen(['tag:daily'], [], ['facts'])).toBe('fact_message');
    expect(await chosen(['source:*'], [], ['facts'])).toBe('stg_messages stg_users');
    const own = { pipelines: ['facts'], withUpstreams: false, select: ['source:*'] };
    expect(selectSteps(await project(), own)).toEqual([]);
  });
});

test('--exclude leaves out, of all steps or of those chosen', async () => {
  expect(await chosen([], ['pipeline:metrics', 'stg_users'])).toBe('stg_messages fact_message dim_user recent');
  expect(await chosen(['+per_day'], ['+dim_user'])).toBe('stg_messages fact_message per_day');
  expect(await chosen(['dim_user+'], ['changed'])).toBe('per_day per_week');
});

test.each([
  ['per_dya', "no table is called 'per_dya'", "did you mean 'per_day'?"],
  ['dim_user zzz_*', "no table matches 'zzz_*'", 'one of: stg_messages'],
  ['messages', "no table is called 'messages'", 'the source is source:messages, its table stg_messages'],
  ['tag:dayly', "no tag is called 'dayly'", "did you mean 'daily'?"],
  ['pipeline:fact', "no pipeline is called 'fact'", "did you mean 'facts'?"],
  ['source:user', "no source is called 'user'", "did you mean 'users'?"],
])('%s names nothing that is there: the mistake and what was meant', async (expression, message, hint) => {
  await expect(chosen([expression])).rejects.toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    }),
  );
});

test('only an expression with `changed` asks which definitions changed', () => {
  const asks = (select: readonly string[], exclude: readonly string[] = []) =>
    asksForChanges({ pipelines: [], withUpstreams: true, select, exclude });
  expect([asks([]), asks(['per_day']), asks(['a tag:b,changed+']), asks([], ['changed'])]).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
