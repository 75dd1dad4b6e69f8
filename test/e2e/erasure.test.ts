/** After a row was deleted for good in the chat database, no table of the warehouse holds what was personal in it. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Lab, openLab, type Target, targets } from './lab.js';

/** What is looked for; no table, column or message has anything like it. */
const [ann, bea] = ['Ann Zyzzyva', 'bea@qwyjibo.example'] as const;

interface Policy {
  readonly source: string;
  readonly history: string;
  /** What tells partitions must not be erased, but a whole row may leave. */
  readonly byName: boolean;
}

const policies: Readonly<Record<string, Policy>> = {
  removed: { source: 'deletes: detect', history: 'erase: [name, email]', byName: true },
  'kept and erased': {
    source: 'deletes: { soft_column: gone, detect: {} }, deleted_rows: keep, erase: [name, email]',
    history: 'erase: [name, email]',
    byName: false,
  },
};

const staging = ({ source }: Policy) => `pipeline: staging
sources:
  users: { table: users, key: id, incremental: { cursor: changed }, ${source}, tests: [{ accepted_values: { column: name, values: [Cid] }, severity: warn }] }
`;
const models = ({ history, byName }: Policy) => `pipeline: models
models:
  dim_user: { sql: dim_user.sql, strategy: merge, key: user_id, tests: [{ accepted_values: { column: email, values: [none] }, severity: warn }] }
  user_history: { sql: user_history.sql, strategy: snapshot, key: user_id, valid_from: changed, ${history} }
  of_history: { sql: of_history.sql, strategy: merge, key: [user_id, valid_from], delta_key: user_id }
  people: { sql: people.sql, strategy: table, key: user_id }
  keyless: { sql: people.sql, strategy: table }
  live: { sql: live.sql, strategy: view }
  ${byName ? 'names: { sql: names.sql, strategy: partition, key: name, partition_by: name, from: { dim_user: name } }' : ''}
  checked: { sql: checked.sql, strategy: merge, key: user_id, tests: [{ not_null: checked_name }] }
`;
const select = 'select u.id as user_id, u.name, u.email, u.changed from';
const sql = {
  'sql/dim_user.sql': `${select} {{delta "stg_users"}} u`,
  'sql/user_history.sql': `${select} {{delta "stg_users"}} u`,
  'sql/of_history.sql': 'select user_id, valid_from, name, email from {{delta "user_history"}}',
  'sql/people.sql': 'select user_id, name, email from {{ref "dim_user"}}',
  'sql/live.sql': 'select name from {{ref "people"}} where email is not null',
  'sql/names.sql': 'select name, count(*) as users from {{ref "dim_user"}} where {{dirty "name"}} group by name',
  // A living user whose country is 'bad' makes the run fail by a test that keeps its row.
  'sql/checked.sql': `select u.id as user_id, u.name, u.email, case when u.country <> 'bad' or u.email is null then 'fine' end as checked_name from {{delta "stg_users"}} u`,
};

async function openErasureLab(target: Target, policy: Policy, config = ''): Promise<Lab> {
  const lab = await openLab({
    target,
    oltp: [
      `create table users (id bigint primary key, name varchar(64), email varchar(64), country varchar(8) not null, gone tinyint(1), changed datetime(6) not null, key (changed, id))`,
      `insert into users values (1, '${ann}', 'ann@example.com', 'de', 0, now(6)), (3, 'Cid', 'none', 'fr', 0, now(6))`,
    ],
    files: { 'pipelines/staging.yaml': staging(policy), 'pipelines/models.yaml': models(policy), ...sql },
    config,
  });
  onTestFinished(() => lab.close());
  return lab;
}

/** The tables and views of the warehouse, chat-etl's own among them, in which a text stands. */
async function holding(lab: Lab, text: string): Promise<readonly string[]> {
  const tables = await lab.query(
    `select table_name as name from information_schema.tables where table_schema not in ('information_schema', 'mysql', 'sys', 'performance_schema') and table_schema in (select schema_name from information_schema.schemata where schema_name = 'main' or schema_name = (select ${lab.target === 'mysql' ? 'database()' : 'current_schema()'}))`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await lab.rows(`"${String(name)}"`);
    if (rows.some((row) => row.includes(text))) found.push(String(name));
  }
  return found.sort();
}

const detect = { detect: ['stg_users'] };
const insertBea = (lab: Lab, country: string) =>
  lab.oltp.query(`insert into users values (2, 'Bea', '${bea}', '${country}', 0, now(6))`);

describe.each(targets)('into %s', (target) => {
  describe.each(Object.entries(policies))('a row that is %s', (_name, policy) => {
    test.each(['run', 'step'])(
      'leaves nothing after runs that went well, failed and were cancelled (atomicity: %s)',
      async (atomicity) => {
        const lab = await openErasureLab(target, policy);
        await lab.edit('chat-etl.config.yaml', 'into: olap }', `into: olap, atomicity: ${atomicity} }`);
        await lab.runWell();
        await lab.oltp.query(`update users set country = 'fr', changed = now(6) where id = 1`);
        await lab.runWell();
        expect(await holding(lab, ann)).toEqual(
          expect.arrayContaining(['etl_test_failures', 'keyless', 'live', 'of_history']),
        );

        await insertBea(lab, 'bad');
        expect((await lab.run()).error).toMatchObject({ code: 'TEST_FAILED' });
        const kept = await holding(lab, bea);
        expect(kept).toContain('etl_test_failures');
        if (atomicity === 'run') expect(kept).toEqual(['etl_test_failures']);
        const stop = new AbortController();
        const onEvent = ({ type, ...event }: { readonly type: string; readonly step?: unknown }) => {
          if (type === 'step-progress' && event.step === 'stg_users') stop.abort();
        };
        expect((await lab.run({ signal: stop.signal, onEvent })).status).toBe('cancelled');
        if (atomicity === 'run') expect(await holding(lab, bea)).toEqual(['etl_test_failures']);

        await lab.oltp.query('delete from users where id in (1, 2)');
        await lab.runWell(detect);
        expect([await holding(lab, ann), await holding(lab, bea)]).toEqual([[], []]);
        expect(await lab.rows('user_history', 'user_id, name')).toContain('{"user_id":1,"name":null}');
      },
    );

    test('leaves nothing in change logs either once the last consumer has run', async () => {
      const lab = await openErasureLab(target, policy);
      await insertBea(lab, 'de');
      await lab.runWell();
      await lab.oltp.query('delete from users where id in (1, 2)');
      await lab.runWell({ ...detect, pipelines: ['staging'] });
      expect(await holding(lab, bea)).not.toContain('stg_users');
      expect(await holding(lab, bea)).not.toContain('etl_test_failures');
      await lab.runWell({ pipelines: ['models'], withUpstreams: false });
      expect([await holding(lab, ann), await holding(lab, bea)]).toEqual([[], []]);
      const logs = await lab.query('select count(*) as n from etl_changes_stg_users');
      expect(Number(logs[0]?.n)).toBe(0);
    });
  });

  test('the change log of a table that nobody follows any more is dropped', async () => {
    const lab = await openErasureLab(target, policies.removed as Policy);
    await lab.runWell();
    expect(await lab.rows('etl_changes_dim_user')).toEqual([]);
    await lab.edit('pipelines/models.yaml', 'names: {', '# names: {');
    await insertBea(lab, 'de');
    await lab.runWell();
    await expect(lab.rows('etl_changes_dim_user')).rejects.toThrow();
    await lab.edit('pipelines/models.yaml', '# names: {', 'names: {');
    await lab.runWell();
    expect(await lab.rows('names', 'name')).toEqual([`{"name":"${ann}"}`, '{"name":"Bea"}', '{"name":"Cid"}']);
  });
});
