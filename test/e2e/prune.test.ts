/** What no definition names any more is listed, and removed with all that stands beside it, on both engines. */
import { expect, onTestFinished, test } from 'vitest';
import { openProject } from '../../src/cli/project.js';
import type { Plan } from '../../src/plan/types.js';
import { removeGoneTables } from '../../src/run/gone-tables.js';
import { openLab, targets } from './lab.js';

const sources = 'sources:\n  messages: { table: messages, key: id, incremental: { cursor: updated_at } }\n';
const byUser = 'strategy: partition, key: user_id, partition_by: user_id, from: { stg_messages: user_id }';

test.each(targets)('a renamed model leaves its old table until prune removes it from %s', async (target) => {
  const lab = await openLab({
    target,
    oltp: [
      'create table messages (id int primary key, user_id int not null, updated_at datetime not null, key (updated_at))',
      "insert into messages values (1, 7, '2026-01-01'), (2, 8, '2026-01-02')",
    ],
    files: {
      'pipelines/p.yaml': `pipeline: p\n${sources}models:\n  old_totals: { sql: totals.sql, ${byUser} }\n  all_users: { sql: all.sql, strategy: view }\n`,
      'sql/totals.sql':
        'select user_id, count(*) as messages from {{ref "stg_messages"}} where {{dirty "user_id"}} group by user_id',
      'sql/all.sql': 'select user_id from {{ref "old_totals"}}',
    },
  });
  onTestFinished(() => lab.close());
  await lab.runWell();
  await lab.edit(
    'pipelines/p.yaml',
    `models:\n  old_totals: { sql: totals.sql, ${byUser} }\n  all_users: { sql: all.sql, strategy: view }\n`,
    `models:\n  totals: { sql: totals.sql, ${byUser} }\n`,
  );
  const plans: Plan[] = [];
  await lab.runWell({ onEvent: (event) => void (event.type === 'run-started' && plans.push(event.plan)) });
  expect(plans[0]?.steps.find(({ step }) => step === 'totals')?.reasons).toEqual([
    'not built yet',
    'old_totals was defined like this; it stays as it is, until `chat-etl prune` removes it',
  ]);

  const { config, project } = await openProject({ root: lab.root, env: {} });
  const gone = async (tables: readonly string[]) =>
    (await removeGoneTables(config, project, tables)).map(({ table, kind, rows }) => ({ table, kind, rows }));
  expect(await gone(['totals', 'stg_messages', 'etl_run_log', 'nothing'])).toEqual([]);
  expect(await gone(['old_totals', 'all_users'])).toEqual([
    { table: 'all_users', kind: 'view', rows: 0 },
    { table: 'old_totals', kind: 'table', rows: 2 },
  ]);
  expect(await gone(['old_totals', 'all_users'])).toEqual([]);
  const schema = target === 'mysql' ? 'database()' : "'main'";
  const left = await lab.query(
    `select table_name as name from information_schema.tables where table_schema = ${schema} and (table_name like '%old_totals%' or table_name = 'all_users')`,
  );
  expect(left).toEqual([]);
  await lab.oltp.query('insert into messages values (3, 8, now())');
  await lab.runWell();
  expect(await lab.rows('totals', 'messages')).toEqual(['{"messages":1}', '{"messages":2}']);
});
