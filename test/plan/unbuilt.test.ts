/** What a plan says where a chosen model reads what no run has built. */
import { expect, test } from 'vitest';
import { EtlError } from '../../src/errors.js';
import { emptyState } from '../../src/journal/read.js';
import { loadProject } from '../../src/pipeline/load.js';
import { makePlan } from '../../src/plan/plan.js';
import type { TableState } from '../../src/plan/types.js';
import { formatProblems } from '../../src/report/problems.js';
import type { Selection } from '../../src/run/options.js';
import { compileOptions, configWith } from '../pipeline/project-files.js';

const files = {
  'pipelines/facts.yaml':
    'pipeline: facts\nsources:\n  messages: { table: messages, key: id }\nmodels:\n  fact: { sql: fact.sql, strategy: merge, key: id }\n  recent: { sql: recent.sql, strategy: view }\n',
  'pipelines/metrics.yaml':
    'pipeline: metrics\nmodels:\n  per_day: { sql: day.sql, strategy: table }\n  per_week: { sql: week.sql, strategy: table }\n',
  'sql/fact.sql': 'select *\nfrom {{delta "stg_messages"}}',
  'sql/recent.sql': 'select * from {{ref "fact"}}',
  'sql/day.sql': 'select f.*\nfrom {{ref "recent"}} r, {{ref "fact"}} f',
  'sql/week.sql': 'select * from {{ref "per_day"}}',
};

/** The steps of the plan, or the error that there is none. */
async function planned(selection: Partial<Selection>, built: readonly string[] = []): Promise<string | EtlError> {
  const options = await compileOptions();
  const config = await configWith(files);
  const project = await loadProject(config, options);
  const before: TableState = {
    fingerprint: '',
    rebuiltBatch: 1,
    changedBatch: 1,
    asOf: undefined,
    logSince: undefined,
  };
  try {
    const { steps } = makePlan({
      project,
      config,
      environment: { macros: project.macros, vars: config.vars, dialect: options.dialect },
      selection: { pipelines: [], withUpstreams: true, fullRefresh: false, reload: [], ...selection },
      state: { ...emptyState, tables: new Map(built.map((table) => [table, before])) },
      asOf: '2024-01-01 00:00:00',
      nowMs: 0,
    });
    return steps.map(({ step }) => step).join(' ');
  } catch (error) {
    if (error instanceof EtlError) return error;
    throw error;
  }
}

test('a model that is chosen without a table it reads, never built, is an error at the place that names it', async () => {
  const error = await planned({ select: ['per_*'] });
  expect(error).toMatchObject({
    code: 'USAGE',
    message: 'recent reads fact, which was never built and is not chosen (and 1 more)',
    where: { path: 'sql/recent.sql', line: 1, column: 21 },
    hint: 'run it with `--select +per_week`, which brings what is missing',
  });
  await expect(`${formatProblems((error as EtlError).problems)}\n`).toMatchFileSnapshot(
    '../golden/unbuilt-upstreams.txt',
  );
});

test.each<[Partial<Selection>, string]>([
  [{ select: ['fact'] }, 'with `--select +fact`'],
  [{ pipelines: ['metrics'], withUpstreams: false }, 'without `--no-deps`'],
  [{ exclude: ['source:*'] }, 'without `--exclude`'],
  [{ select: ['+fact'], exclude: ['source:*'] }, 'with `--select +fact` and without `--exclude`'],
])('%j: its hint says what brings the table', async (selection, remedy) => {
  expect(await planned(selection)).toMatchObject({ hint: `run it ${remedy}, which brings what is missing` });
});

test('what the hint says, and tables that are there already, are enough', async () => {
  expect(await planned({ select: ['+fact'] })).toBe('stg_messages fact');
  expect(await planned({ select: ['fact'] }, ['stg_messages'])).toBe('fact');
  expect(await planned({ select: ['per_week'] }, ['per_day'])).toBe('per_week');
});
