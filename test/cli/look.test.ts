import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphNode } from '../../src/report/graph.js';
import { kill, openElsewhere } from '../engines/duckdb/lab.js';
import { chatEtl } from './capture.js';

const folder = mkdtempSync(join(tmpdir(), 'chat-etl-look-'));
const root = join(folder, 'shop');
const model = join(root, 'sql/messages_daily.sql');
const warehouse = join(root, 'data/warehouse.duckdb');

beforeAll(async () => {
  expect(await chatEtl('init', root)).toMatchObject({ code: 0 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const look = (...args: readonly string[]) => chatEtl(...args, '--root', root);
const jsonOf = async (...args: readonly string[]): Promise<unknown> =>
  JSON.parse((await look(...args, '--json')).stdout);

test('before the first run the graph, the SQL and the definitions can be looked at, and nothing is made', async () => {
  expect((await look('list')).stdout).toBe('stg_messages       source     chat\n└─ messages_daily  table      chat\n');
  expect((await look('compile', 'messages_daily')).stdout).toContain('from "stg_messages" m');
  const described = await look('describe', 'messages_daily');
  expect(described.stderr).toContain('there is no warehouse');
  expect(described.stdout).toContain('last run  never');
  const query = await look('query', 'select 1');
  expect(query.code).toBe(1);
  expect(query.stderr).toContain('`chat-etl run` makes it');
  expect(existsSync(warehouse)).toBe(false);
});

describe('after a run', () => {
  beforeAll(async () => {
    expect(await look('run', '--quiet')).toMatchObject({ code: 0 });
  });

  test('list gives the graph as JSON and as a diagram', async () => {
    const nodes = (await jsonOf('list')) as readonly GraphNode[];
    expect(nodes).toMatchObject([
      { table: 'stg_messages', kind: 'source', downstreams: ['messages_daily'] },
      { table: 'messages_daily', strategy: 'table', upstreams: ['stg_messages'] },
    ]);
    expect(await jsonOf('list', '--select', 'changed')).toEqual([]);
    expect((await look('list', '--mermaid')).stdout).toContain('  stg_messages --> messages_daily\n');
  });

  test('run --dry-run prints the plan, and runs nothing', async () => {
    const plan = (await look('plan')).stdout.split(', as of')[0];
    const dry = (await look('run', '--dry-run')).stdout.split(', as of')[0];
    expect(dry).toBe(plan);
    expect(await jsonOf('history')).toHaveLength(1);
  });

  test('plan --explain says what steps usually take, by the last runs that did the same', async () => {
    expect((await look('plan', '--explain')).stdout).toContain('expects: unknown, no read of it has succeeded yet');
    expect((await look('plan', '--explain', '--reload', 'messages')).stdout).toContain('no reload of it');
    await look('run', '--quiet');
    expect((await look('plan', '--explain')).stdout).toMatch(
      /expects: .* rows? read, 0 rows changed, .*, as its last read/,
    );
    expect(await jsonOf('plan', '--explain')).toMatchObject({ steps: [{ expected: { runs: 1 } }, {}] });
  });

  test('plan --explain says from where a source is read, and what of its input a model looks at', async () => {
    const { stdout } = await look('plan', '--explain');
    const stamp = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}`;
    expect(stdout).toMatch(new RegExp(`looks at: rows with updated_at from ${stamp} on \\(safe ${stamp}\\)\n`));
    expect(stdout).toContain('looks at: all rows\n');
    const steps = (await jsonOf('plan', '--explain')) as { readonly steps: readonly { readonly window: string }[] };
    expect(steps.steps[1]).toMatchObject({ step: 'messages_daily', window: 'all rows' });
  });

  test('query prints rows as a table, CSV and JSON, and how many on stderr', async () => {
    const sql = "select 1 as n, 'a \"b\",c' as t, null as x, '' as e";
    expect(await look('query', `${sql};`)).toMatchObject({ code: 0, stderr: '1 row\n' });
    expect((await look('query', sql)).stdout).toMatch(/^n +t +x +e\n1 +a "b",c +NULL\n$/);
    expect((await look('query', sql, '--csv')).stdout).toBe('n,t,x,e\n1,"a ""b"",c",,""\n');
    expect(await jsonOf('query', sql)).toEqual([{ n: 1, t: 'a "b",c', x: null, e: '' }]);
    expect(await look('query', sql, '--csv', '--json')).toMatchObject({ code: 2, stdout: '' });
  });

  test('a mistake in a query shows the statement, and a statement that writes is refused by the database', async () => {
    const wrong = await look('query', 'selec 1');
    expect({ code: wrong.code, stdout: wrong.stdout }).toEqual({ code: 1, stdout: '' });
    expect(wrong.stderr).toContain('✖ syntax error at or near "selec" [DATABASE]');
    expect((await look('query', 'delete from messages_daily')).stderr).toContain('read-only');
  });

  test('preview shows what the edited SQL gives, and the published table stays as it was', async () => {
    const published = await jsonOf('query', 'select * from messages_daily order by day');
    const text = readFileSync(model, 'utf8');
    writeFileSync(model, text.replace('count(*) as messages', 'count(*) * 1000 as messages'));
    const rows = (await jsonOf('preview', 'messages_daily', '-n', '3', '--where', 'messages > 1000')) as readonly {
      readonly messages: number;
    }[];
    expect(rows).toHaveLength(3);
    for (const { messages } of rows) expect(messages % 1000).toBe(0);
    expect((await look('preview', 'messages_daily', '-n', '2')).stderr).toBe('the first 2 rows; --limit shows more\n');
    expect(await jsonOf('query', 'select * from messages_daily order by day')).toEqual(published);
    writeFileSync(model, text);
  });

  test('preview computes what it reads by its definition of now, though that was never built', async () => {
    const pipeline = join(root, 'pipelines/chat.yaml');
    const [text, sql] = [readFileSync(pipeline, 'utf8'), readFileSync(model, 'utf8')];
    writeFileSync(model, sql.replace('count(*) as messages', 'count(*) * 1000 as messages'));
    writeFileSync(join(root, 'sql/busy.sql'), 'select day, messages from {{ref "messages_daily"}}');
    writeFileSync(join(root, 'sql/busiest.sql'), 'select max(messages) as messages from {{ref "busy"}}');
    const models = '  busy: { sql: busy.sql, strategy: table }\n  busiest: { sql: busiest.sql, strategy: table }\n';
    writeFileSync(pipeline, text.replace('models:\n', `models:\n${models}`));
    const { code, stdout, stderr } = await look('preview', 'busiest', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'with messages_daily, busy as defined now, computed too\n' });
    const [row] = JSON.parse(stdout) as readonly { readonly messages: number }[];
    expect(row?.messages).toBeGreaterThanOrEqual(1000);
    writeFileSync(join(root, 'sql/busy.sql'), 'select day, mesages from {{ref "messages_daily"}}');
    expect((await look('preview', 'busiest')).stderr).toContain('sql/busy.sql:1:13');
    writeFileSync(pipeline, text);
    writeFileSync(model, sql);
    for (const name of ['busy', 'busiest']) rmSync(join(root, `sql/${name}.sql`));
  });

  test('a mistake in the SQL of a preview stands on its line, one in --where is that of the flag', async () => {
    const text = readFileSync(model, 'utf8');
    writeFileSync(model, text.replace('m.user_id', 'm.usr_id'));
    const wrong = await look('preview', 'messages_daily');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('sql/messages_daily.sql:5:18');
    writeFileSync(model, text);
    const where = await look('preview', 'messages_daily', '--where', 'mesages > 1');
    expect(where).toMatchObject({ code: 2, stdout: '' });
    expect(where.stderr).toContain("--where 'mesages > 1'");
  });

  test('preview of a source shows what staging holds', async () => {
    expect(await jsonOf('preview', 'messages', '-n', '2')).toHaveLength(2);
    expect((await look('preview', 'mesages')).stderr).toContain("no table is called 'mesages'");
  });

  test('describe tells columns with types, tests, relatives and the last run', async () => {
    const { stdout } = await look('describe', 'messages_daily');
    expect(stdout).toMatch(/^messages_daily, table model of the pipeline chat\nA row a day with messages\.\n/);
    expect(stdout).toMatch(/last run {2}\d{4}-.* UTC, .* ago, run \d\n/);
    expect(stdout).toMatch(/reads +stg_messages\n/);
    expect(stdout).toMatch(/tests +unique \(day\)\n +not_null \(day, messages\)\n/);
    expect(stdout).toMatch(/\nday +date/);
    expect(await jsonOf('describe', 'messages')).toMatchObject({ table: 'stg_messages', reads: ['messages'] });
  });

  test('while another program writes the warehouse, its copy for readers answers', async () => {
    const copy = join(root, 'data/copy.duckdb');
    const config = join(root, 'chat-etl.config.yaml');
    const text = readFileSync(config, 'utf8');
    copyFileSync(warehouse, copy);
    const holder = await openElsewhere(warehouse);
    try {
      const locked = await look('query', 'select 1 as n');
      expect(locked.code).toBe(3);
      writeFileSync(config, text.replace('warehouse.duckdb }', 'warehouse.duckdb, publish_copy: data/copy.duckdb }'));
      const { code, stdout, stderr } = await look('query', 'select 1 as n', '--csv');
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'n\n1\n' });
      expect(stderr).toContain(`from its copy ${copy}`);
    } finally {
      await kill(holder);
      writeFileSync(config, text);
    }
  });
});
