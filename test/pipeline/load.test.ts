import { expect, test } from 'vitest';
import { checkProject, loadProject } from '../../src/pipeline/load.js';
import { compileOptions, configWith } from './project-files.js';

const sourceYaml = `
pipeline: staging
description: The chat database.
every: 15m
sources:
  messages:
    table: messages
    description: What was said.
    key: id
    incremental: { cursor: { column: changed, unit: ms, timezone: Europe/Berlin }, lookback: 5m }
    deletes: { soft_column: deleted_at }
    columns: { exclude: [body], rename: { UserId: user_id }, add: { body_chars: char_length(body) } }
    tests:
      - { unique: id }
      - { not_null: [id, user_id], severity: warn, where: "id > 0" }
    tags: [core]
  members: { query: select * from chat_members, key: [chat_id, user_id], connection: oltp }
  events: { table: events, key: id, append_only: true, incremental: { cursor: { column: id, unit: id }, lookback: 100 } }
`;

const modelYaml = `
pipeline: facts
cron: "15 * * * *"
timezone: Europe/Berlin
models:
  report: { sql: report.sql, strategy: view }
  fact_message:
    sql: facts/fact_message.sql
    strategy: merge
    key: [message_id, part]
    delta_key: message_id
    affects: { stg_members: [chat_id, user_id] }
    accept_stale: stg_events
    on_change: error
    columns: { message_id: The message, part: { description: Which part } }
    tests:
      - { accepted_values: { column: part, values: [a, 1, true] } }
      - { relationship: { column: user_id, to: history.user_id } }
  history: { sql: history.sql, strategy: snapshot, key: user_id, valid_from: updated_at }
  grown: { sql: grown.sql, strategy: append }
`;

const files = {
  'pipelines/b_staging.yaml': sourceYaml,
  'pipelines/a_facts.yml': modelYaml,
  'sql/report.sql':
    'select {{date_key "f.at"}} as day, \'{{as_of}}\' as at from {{ref "fact_message"}} f join {{ref "history"}} h on h.x = f.x',
  'sql/facts/fact_message.sql':
    'select * from {{delta "stg_messages"}} m join {{ref "stg_members"}} b on b.x = m.x join {{ref "stg_events"}} e on e.x = m.x',
  'sql/history.sql': 'select * from {{ref "stg_members"}}',
  'sql/history.mysql.sql': 'select 1 as one, m.* from {{ref "stg_members"}} m',
  'sql/grown.sql': 'select * from {{delta "stg_events"}} where {{> live}}',
  'sql/macros/live.sql': 'x is null',
};

test('a source arrives as the YAML says it', async () => {
  const project = await loadProject(await configWith(files), await compileOptions());
  const path = 'pipelines/b_staging.yaml';
  expect(project.sources.get('stg_messages')).toEqual({
    kind: 'source',
    name: 'messages',
    table: 'stg_messages',
    pipeline: 'staging',
    description: 'What was said.',
    connection: undefined,
    from: { table: 'messages' },
    columns: {
      include: undefined,
      exclude: ['body'],
      rename: { UserId: 'user_id' },
      add: { body_chars: 'char_length(body)' },
    },
    key: ['id'],
    incremental: {
      cursor: { column: 'changed', unit: 'ms', timezone: 'Europe/Berlin' },
      lookback: 300_000,
      nullCursor: 'include',
      where: { path, line: 10, column: 5 },
    },
    deletedRows: 'remove',
    erase: undefined,
    retention: undefined,
    deletes: { policy: 'soft_column', column: 'deleted_at' },
    appendOnly: false,
    mayShrink: false,
    zeroDates: 'null',
    tests: [
      { kind: 'unique', columns: ['id'], severity: 'error', filter: undefined, where: { path, line: 14, column: 9 } },
      {
        kind: 'not_null',
        columns: ['id', 'user_id'],
        severity: 'warn',
        filter: 'id > 0',
        where: { path, line: 15, column: 9 },
      },
    ],
    tags: ['core'],
    where: { path, line: 6, column: 3 },
  });
  expect(project.sources.get('stg_members')).toMatchObject({
    from: { query: 'select * from chat_members' },
    key: ['chat_id', 'user_id'],
    connection: 'oltp',
    deletes: { policy: 'ignore' },
    incremental: undefined,
  });
  expect(project.sources.get('stg_events')).toMatchObject({ appendOnly: true, incremental: { lookback: 100 } });
});

test('the policies of a source about deletes and odd values arrive with their defaults', async () => {
  const lines = [
    'a: { table: a, key: id, deletes: detect }',
    'b: { table: a, key: id, deletes: { detect: {} }, zero_dates: error }',
    'c: { table: a, key: id, deletes: { soft_column: gone, detect: { every: 1h } }, zero_dates: null }',
    'd: { table: a, key: id, may_shrink: true, incremental: { cursor: x, null_cursor: skip } }',
  ];
  const text = `pipeline: p\nsources:\n${lines.map((line) => `  ${line}\n`).join('')}`;
  const project = await loadProject(await configWith({ 'pipelines/p.yaml': text }), await compileOptions());
  const source = (name: string) => project.sources.get(`stg_${name}`);
  const sixHours = { policy: 'detect', detectEveryMs: 21_600_000 };
  expect(source('a')).toMatchObject({ deletes: sixHours, zeroDates: 'null', mayShrink: false });
  expect(source('b')).toMatchObject({ deletes: sixHours, zeroDates: 'error' });
  const both = { policy: 'soft_column', column: 'gone', detectEveryMs: 3_600_000 };
  expect(source('c')).toMatchObject({ deletes: both, zeroDates: 'null' });
  expect(source('d')).toMatchObject({ deletes: { policy: 'ignore' }, incremental: { nullCursor: 'skip' } });
  expect(source('d')?.mayShrink).toBe(true);
});

test('a model arrives as the YAML says it, with what its SQL reads', async () => {
  const project = await loadProject(await configWith(files), await compileOptions());
  const path = 'pipelines/a_facts.yml';
  expect(project.models.get('fact_message')).toEqual({
    model: {
      kind: 'model',
      name: 'fact_message',
      table: 'fact_message',
      pipeline: 'facts',
      description: undefined,
      sqlFile: 'sql/facts/fact_message.sql',
      sqlOverrides: {},
      strategy: 'merge',
      key: ['message_id', 'part'],
      deltaKey: ['message_id'],
      affects: { stg_members: ['chat_id', 'user_id'] },
      acceptStale: ['stg_events'],
      validFrom: undefined,
      onChange: 'error',
      columns: [
        expect.objectContaining({ name: 'message_id', description: 'The message', type: undefined }),
        expect.objectContaining({ name: 'part', description: 'Which part', where: { path, line: 15, column: 41 } }),
      ],
      tests: [
        {
          kind: 'accepted_values',
          column: 'part',
          values: ['a', 1, true],
          severity: 'error',
          filter: undefined,
          where: { path, line: 17, column: 9 },
        },
        {
          kind: 'relationship',
          column: 'user_id',
          toTable: 'history',
          toColumn: 'user_id',
          severity: 'error',
          filter: undefined,
          where: { path, line: 18, column: 9 },
        },
      ],
      tags: [],
      where: { path, line: 7, column: 3 },
    },
    refs: ['stg_members', 'stg_events'],
    deltas: ['stg_messages'],
    columnsRead: {},
    usesAsOf: false,
    template: { path: 'sql/facts/fact_message.sql', text: files['sql/facts/fact_message.sql'] },
  });
  expect(project.models.get('report')).toMatchObject({ usesAsOf: true, model: { deltaKey: [], strategy: 'view' } });
  expect(project.models.get('history')?.model).toMatchObject({ deltaKey: ['user_id'], validFrom: 'updated_at' });
});

test('pipelines come in the order of their files, with their timing', async () => {
  const { pipelines, macros } = await loadProject(await configWith(files), await compileOptions());
  expect(pipelines).toMatchObject([
    {
      name: 'facts',
      file: 'pipelines/a_facts.yml',
      timing: { kind: 'cron', expression: '15 * * * *', timezone: 'Europe/Berlin' },
    },
    { name: 'staging', description: 'The chat database.', timing: { kind: 'every', everyMs: 900_000 } },
  ]);
  expect([...macros]).toEqual([['live', { path: 'sql/macros/live.sql', text: 'x is null' }]]);
});

test('steps are ordered sources first, then each model after what it reads, else as in the files', async () => {
  const { order, upstreams } = await loadProject(await configWith(files), await compileOptions());
  expect(order).toEqual(['stg_messages', 'stg_members', 'stg_events', 'fact_message', 'history', 'report', 'grown']);
  expect(upstreams.get('stg_messages')).toEqual([]);
  expect(upstreams.get('report')).toEqual(['fact_message', 'history']);
  expect(upstreams.get('grown')).toEqual(['stg_events']);
});

test("a file for the warehouse's engine takes the place of the common one", async () => {
  const config = await configWith(files);
  const overridden = (await loadProject(config, await compileOptions({ engine: 'mysql' }))).models.get('history');
  expect(overridden?.template.path).toBe('sql/history.mysql.sql');
  expect(overridden?.model).toMatchObject({
    sqlFile: 'sql/history.sql',
    sqlOverrides: { mysql: 'sql/history.mysql.sql' },
  });
  const common = (await loadProject(config, await compileOptions({ engine: 'duckdb' }))).models.get('history');
  expect(common?.template.path).toBe('sql/history.sql');
});

test('the project is frozen', async () => {
  const project = await loadProject(await configWith(files), await compileOptions());
  expect(Object.isFrozen(project)).toBe(true);
  expect(Object.isFrozen(project.models.get('fact_message')?.model.tests[0])).toBe(true);
  expect(Object.isFrozen(project.pipelines[0]?.models)).toBe(true);
});

test('a strategy that the warehouse cannot do is told with its reason', async () => {
  const strategies = {
    view: true,
    table: true,
    append: true,
    merge: 'it has no MERGE',
    partition: true,
    snapshot: true,
  } as const;
  const { project, problems } = await checkProject(await configWith(files), await compileOptions({ strategies }));
  expect(project).toBeUndefined();
  expect(problems).toMatchObject([
    {
      message: "the warehouse cannot do 'merge': it has no MERGE",
      where: { path: 'pipelines/a_facts.yml', line: 9 },
      sourceLine: '    strategy: merge',
    },
  ]);
});

test('names are not called unknown because a file that may define them cannot be read', async () => {
  const broken = { ...files, 'pipelines/b_staging.yaml': 'pipeline: staging\nsources: { messages: [\n' };
  const { problems } = await checkProject(await configWith(broken), await compileOptions());
  expect(problems.map(({ where }) => where?.path)).toEqual(['pipelines/b_staging.yaml']);
});

test("a mistake in a model's YAML hides no mistake in its SQL", async () => {
  const faulty = {
    ...files,
    'pipelines/a_facts.yml': modelYaml.replace('on_change: error', 'on_chang: error'),
    'sql/facts/fact_message.sql': 'select * from {{delta "stg_message"}} m where {{nothing}}',
  };
  const { problems } = await checkProject(await configWith(faulty), await compileOptions());
  expect(problems.map(({ where, message }) => `${where?.path} ${message}`)).toEqual([
    "pipelines/a_facts.yml unknown key 'on_chang'",
    expect.stringContaining('sql/facts/fact_message.sql'),
    "sql/facts/fact_message.sql no table is called 'stg_message'",
  ]);
});

test('loading throws every mistake at once', async () => {
  const faulty = { ...files, 'pipelines/c.yaml': 'pipeline: c\nmodel: {}\n', 'pipelines/d.yaml': 'pipeline: D\n' };
  await expect(loadProject(await configWith(faulty), await compileOptions())).rejects.toMatchObject({
    code: 'DEFINITION',
    problems: [{ where: { path: 'pipelines/c.yaml' } }, { where: { path: 'pipelines/d.yaml' } }],
  });
});

test('long chains of models are ordered', async () => {
  const count = 400;
  const names = Array.from({ length: count }, (_, index) => `m${index}`);
  const chain = Object.fromEntries(
    names.map((name, index) => [
      `sql/${name}.sql`,
      index + 1 < count ? `select * from {{ref "m${index + 1}"}}` : 'select 1 as one',
    ]),
  );
  const yaml = `pipeline: chain\nmodels:\n${names.map((name) => `  ${name}: { sql: ${name}.sql, strategy: view }`).join('\n')}\n`;
  const project = await loadProject(
    await configWith({ ...chain, 'pipelines/chain.yaml': yaml }),
    await compileOptions(),
  );
  expect(project.order).toEqual([...names].reverse());
});
