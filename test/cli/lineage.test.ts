import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { TableFacts } from '../../src/lineage/trace.js';
import { chatEtl } from './capture.js';

const shipped = resolve(import.meta.dirname, '../..');
const lineage = (...args: readonly string[]) => chatEtl('lineage', ...args, '--root', shipped);

test('of every column of the shipped project is told what it comes from', async () => {
  const { code, stdout, stderr } = await lineage();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await expect(stdout).toMatchFileSnapshot('../golden/lineage.txt');
});

test('all is known of the shipped project: nothing comes from some column of a table', async () => {
  const tables = JSON.parse((await lineage('--json')).stdout) as readonly TableFacts[];
  expect(tables.length).toBeGreaterThan(20);
  for (const { unresolved, rowsChosenBy, columns } of tables) {
    expect(unresolved).toBeUndefined();
    const places = [...rowsChosenBy, ...columns.flatMap(({ from }) => from)];
    expect(places.filter(({ column }) => column === undefined)).toEqual([]);
  }
});

test('a column is followed up to the sources and down to the last metric', async () => {
  expect((await lineage('fact_user_activity_daily.messages')).stdout).toBe(
    [
      'fact_user_activity_daily.messages',
      'comes from no column: a constant, or a count of rows',
      'goes into',
      '├─ user_activity_monthly.messages',
      '│  ├─ activity_levels_monthly.messages',
      '│  └─ user_lifetime.messages',
      '└─ user_activity_monthly.activity_level',
      '   └─ activity_levels_monthly.activity_level',
      'chooses rows of  active_users_rolling, user_activity_monthly, user_activity_weekly',
      '',
    ].join('\n'),
  );
  expect((await lineage('messages_daily.average_chars')).stdout).toContain(
    ['comes from', '└─ fact_message.body_chars', '   └─ stg_messages.body_chars', '      └─ oltp:messages.body'].join(
      '\n',
    ),
  );
});

test('a table is shown up and down, a source by its name in YAML', async () => {
  const { stdout } = await lineage('messages');
  expect(stdout).toMatch(/^stg_messages\ncolumn +comes from +goes into\nid +oltp:messages.id +fact_message\n/);
  expect(stdout).toContain('chooses rows of     fact_message, by user_id\n');
});

test('as JSON a column has its sources, as a diagram all that is connected', async () => {
  const { columns } = JSON.parse((await lineage('messages_daily.average_chars', '--json')).stdout) as TableFacts;
  expect(columns).toMatchObject([
    { name: 'average_chars', sources: [{ table: 'oltp:messages', column: 'body' }], choosesRowsOf: [] },
  ]);
  expect((await lineage('fact_message.body_chars', '--mermaid')).stdout).toBe(
    [
      'flowchart LR',
      '  subgraph "oltp:messages"',
      '    c0["body"]',
      '  end',
      '  subgraph "stg_messages"',
      '    c1["body_chars"]',
      '  end',
      '  subgraph "fact_message"',
      '    c2["body_chars"]',
      '  end',
      '  subgraph "messages_daily"',
      '    c3["average_chars"]',
      '  end',
      '  c0 --> c1',
      '  c1 --> c2',
      '  c2 --> c3',
      '',
    ].join('\n'),
  );
});

test('a name that is not there is a mistake, with the nearest', async () => {
  const column = await lineage('fact_message.user');
  expect(column).toMatchObject({ code: 2, stdout: '' });
  expect(column.stderr).toContain("'fact_message' has no column 'user'");
  expect(column.stderr).toContain('user_id');
  expect(await lineage('fact_massage')).toMatchObject({ code: 2 });
});

test('through views, macros and other names; of SQL that only another database reads, the tables are said', async () => {
  const root = mkdtempSync(join(tmpdir(), 'chat-etl-lineage-'));
  try {
    expect(await chatEtl('init', root)).toMatchObject({ code: 0 });
    const write = (file: string, text: string) => writeFileSync(join(root, file), text);
    const pipelines = readFileSync(join(root, 'pipelines/chat.yaml'), 'utf8');
    const models = `models:
  sent: { sql: sent.sql, strategy: view }
  sent_daily: { sql: sent_daily.sql, strategy: table }
`;
    const renamed = pipelines.replace('exclude: [body]', 'exclude: [body], rename: { created_at: written_at }');
    write('pipelines/chat.yaml', renamed.slice(0, renamed.indexOf('models:')) + models);
    mkdirSync(join(root, 'sql/macros'));
    write('sql/macros/day_of.sql', '{{date_of column}}');
    write('sql/sent.sql', 'select s.*, {{> day_of column="s.written_at"}} as day from {{ref "stg_messages"}} s');
    write('sql/sent_daily.sql', 'select day, count(distinct user_id) as people from {{ref "sent"}} group by day');
    const followed = await chatEtl('lineage', 'sent_daily.day', '--root', root);
    expect(followed.stdout).toContain(
      'comes from\n└─ sent.day\n   └─ stg_messages.written_at\n      └─ oltp:messages.created_at\n',
    );

    write('sql/sent.mysql.sql', 'select `id` from {{ref "stg_messages"}}');
    const config = readFileSync(join(root, 'chat-etl.config.yaml'), 'utf8');
    write('chat-etl.config.yaml', config.replace(/olap:.*/, 'olap: { type: mysql, user: etl, database: olap }'));
    const unread = await chatEtl('lineage', 'sent_daily.day', '--root', root);
    expect(unread.stdout).toContain('comes from\n└─ sent.day\n');
    expect((await chatEtl('lineage', 'sent', '--root', root)).stdout).toContain(
      'all that is known is the tables it reads: only mysql understands sql/sent.mysql.sql\n',
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
