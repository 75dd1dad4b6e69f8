/** `chat-etl diff` says what a changed definition would do, and does nothing. */
import { describe, expect, test } from 'vitest';
import type { ModelDiff } from '../../src/diff/types.js';
import { chatEtl } from '../cli/capture.js';
import { type ItemsProject, openItemsLab } from './items-lab.js';
import { type Lab, targets } from './lab.js';

/** `days` opens `facts` twice in one statement, as metrics do. */
const project: ItemsProject = {
  models: {
    facts: 'strategy: merge, key: id',
    days: 'strategy: table, key: day',
    loose: 'strategy: table',
    history: 'strategy: snapshot, key: id, valid_from: updated_at',
  },
  sql: {
    facts: 'select id, grp, v, v / 7e0 as share, cast(updated_at as date) as day from {{delta "stg_items"}}',
    days: `with d as (select day, count(*) as items, sum(v) as v from {{ref "facts"}} group by day)
select a.day, a.items, a.v, count(b.day) as later
from d a left join d b on b.day > a.day
group by a.day, a.items, a.v`,
    loose: 'select grp from {{ref "facts"}}',
    history: 'select id, code, updated_at from {{delta "stg_items"}}',
  },
};

async function openBuilt(target: 'duckdb' | 'mysql'): Promise<Lab> {
  const lab = await openItemsLab(target, project);
  await lab.runWell();
  return lab;
}

const look = (lab: Lab, ...args: readonly string[]) => chatEtl('diff', ...args, '--root', lab.root);

async function diffOf(lab: Lab, ...args: readonly string[]): Promise<ModelDiff> {
  const { code, stdout, stderr } = await look(lab, ...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [diff, ...others] = JSON.parse(stdout) as readonly ModelDiff[];
  if (diff === undefined || others.length > 0) throw new Error(`one diff was expected: ${stdout}`);
  return diff;
}

const everything = ['facts', 'days', 'loose', 'history', 'etl_table_state', 'etl_position', 'etl_run_log'];

describe.each(targets)('on %s', (target) => {
  test('rows that are added, removed and changed are those that a run would write, and nothing is written yet', async () => {
    const lab = await openBuilt(target);
    const before = await lab.allRows(everything);
    await lab.edit('sql/facts.sql', 'select id,', 'select case id when 1 then 101 else id end as id,');
    await lab.edit('sql/facts.sql', 'grp, v,', 'grp, v + case when id = 2 then 5 else 0 end as v,');
    const diff = await diffOf(lab, 'facts');
    expect(diff).toMatchObject({ changedParts: ['its SQL'], aside: [], rowsBefore: 3, rowsAfter: 3, notices: [] });
    expect(diff.rows).toEqual({
      key: ['id'],
      added: 1,
      removed: 1,
      changed: 1,
      same: 1,
      addedKeys: [{ id: 101 }],
      removedKeys: [{ id: 1 }],
      values: [{ column: 'v', rows: 1, examples: [{ key: { id: 2 }, before: 20, after: 25 }] }],
    });
    expect(await lab.allRows(everything)).toEqual(before);
    const { steps } = await lab.runWell();
    expect(steps.find(({ step }) => step === 'facts')).toMatchObject({
      rowsInserted: 1,
      rowsUpdated: 1,
      rowsDeleted: 1,
    });
    expect(await diffOf(lab, 'facts')).toMatchObject({ changedParts: [], rows: { changed: 0, added: 0, same: 3 } });
  });

  test('what changed under a model is computed aside as well, though its SQL reads it twice', async () => {
    const lab = await openBuilt(target);
    await lab.edit('sql/facts.sql', '{{delta "stg_items"}}', '{{delta "stg_items"}} where id <> 2');
    const diff = await diffOf(lab, 'days');
    expect(diff).toMatchObject({ changedParts: [], aside: ['facts'], rowsBefore: 2, rowsAfter: 2 });
    expect(diff.rows?.values).toMatchObject([
      { column: 'items', examples: [{ key: { day: '2024-01-01' }, before: 2, after: 1 }] },
      { column: 'v', rows: 1 },
    ]);
    expect(diff.totals).toMatchObject({ by: 'day', isCut: false });
    const items = diff.totals?.measures.find(({ column }) => column === 'items');
    expect(items).toEqual({
      column: 'items',
      before: 3,
      after: 2,
      differing: [{ at: '2024-01-01', before: 2, after: 1 }],
    });
    const { stdout } = await look(lab, 'days');
    expect(stdout).toContain('with     facts, computed aside too');
    expect(stdout).toContain('items by day: 3 → 2 in all (-33.3 %)');
    expect(stdout).toContain(`2024-01-01       2      1  ${'█'.repeat(15)}${'░'.repeat(15)}`);
  });

  test('a mistake in what is computed aside stands in its own file', async () => {
    const lab = await openBuilt(target);
    await lab.edit('sql/facts.sql', 'grp, v,', 'grp, vv as v,');
    const { code, stderr } = await look(lab, 'days');
    expect(code).toBe(1);
    expect(stderr).toContain('sql/facts.sql:1:');
  });

  test('rows that a run would refuse are refused, at the line of the model', async () => {
    const lab = await openBuilt(target);
    await lab.edit('sql/facts.sql', 'select id,', 'select 1 as id,');
    const { code, stderr } = await look(lab, 'facts');
    expect(code).toBe(1);
    expect(stderr).toContain('facts has 3 rows with id = 1');
    expect(stderr).toContain('pipelines/p.yaml:8:');
  });

  test('columns that come, go and become another type are told, and values of no common type left alone', async () => {
    const lab = await openBuilt(target);
    await lab.edit('sql/facts.sql', 'grp, v,', "'x' as grp, v as amount,");
    const diff = await diffOf(lab, 'facts');
    expect(diff.columns).toMatchObject({ added: ['amount'], removed: ['v'], retyped: [{ name: 'grp' }] });
    expect(diff.rows).toMatchObject({ changed: 0, same: 3 });
    expect(diff.notices).toEqual([expect.stringContaining('values of grp are not compared')]);
  });

  test('doubles that differ by rounding alone are the same', async () => {
    const lab = await openBuilt(target);
    await lab.edit('sql/facts.sql', 'v / 7e0', 'v / 7e0 * (1e0 + 4e-16)');
    expect((await diffOf(lab, 'facts')).rows).toMatchObject({ changed: 0 });
    await lab.edit('sql/facts.sql', '4e-16', '4e-9');
    expect((await diffOf(lab, 'facts')).rows).toMatchObject({ changed: 3, values: [{ column: 'share', rows: 3 }] });
  });

  test('rows of a model without a key are counted, and a column of the user is what totals go by', async () => {
    const lab = await openBuilt(target);
    await lab.edit('sql/loose.sql', 'grp from', 'grp from {{ref "facts"}} where grp = 1 union all select grp from');
    const diff = await diffOf(lab, 'loose', '--by', 'grp');
    expect(diff).toMatchObject({ rowsBefore: 3, rowsAfter: 5 });
    expect(diff.rows).toBeUndefined();
    expect(diff.notices).toEqual([expect.stringContaining('no `key`')]);
    expect(diff.totals?.measures).toEqual([{ before: 3, after: 5, differing: [{ at: '1', before: 2, after: 4 }] }]);
    expect((await look(lab, 'loose', '--by', 'group')).stderr).toContain("no column 'group'");
  });

  test('of a history the open versions are compared', async () => {
    const lab = await openBuilt(target);
    await lab.oltp.query("update items set code = 'z', updated_at = '2024-02-01' where id = 1");
    await lab.runWell();
    await lab.edit('sql/history.sql', 'id, code,', 'id, upper(code) as code,');
    const diff = await diffOf(lab, 'history');
    expect(diff).toMatchObject({ rowsBefore: 3, rows: { added: 0, removed: 0, changed: 3 } });
    expect(diff.rows?.values[0]?.examples[0]).toEqual({ key: { id: 1 }, before: 'z', after: 'Z' });
  });

  test('a table that has not seen all of what it reads is said to be behind', async () => {
    const lab = await openBuilt(target);
    await lab.oltp.query("insert into items values (4, 'd', 2, 40, '2024-01-03', 0)");
    const run = await chatEtl('run', '--select', 'stg_items facts', '--quiet', '--root', lab.root);
    expect(run).toMatchObject({ code: 0 });
    expect((await diffOf(lab, 'days')).notices).toEqual([
      'days has not seen the last changes of facts: some differences come from these',
    ]);
  });

  test('a clock is that of the last build, so that days which passed since are no differences', async () => {
    const clock = { models: { ages: 'strategy: table, key: id' } };
    const sql = {
      ages: 'select id, {{days_between "cast(updated_at as date)" (date_of as_of)}} as age from {{ref "stg_items"}}',
    };
    const lab = await openItemsLab(target, { ...clock, sql });
    await lab.runWell({ asOf: '2024-03-01 00:00:00' });
    expect(await diffOf(lab, 'ages')).toMatchObject({ asOf: '2024-03-01 00:00:00', rows: { changed: 0, same: 3 } });
    expect(await diffOf(lab, 'ages', '--as-of', '2024-03-02')).toMatchObject({ rows: { changed: 3 } });
  });

  test('without a name the models that changed are compared, with + also those that read them', async () => {
    const lab = await openBuilt(target);
    expect(await look(lab)).toEqual({
      code: 0,
      stdout: '',
      stderr: 'no definition of a model has changed since its last success\n',
    });
    await lab.edit('sql/facts.sql', 'grp, v,', 'grp, v + 1 as v,');
    await lab.edit('pipelines/p.yaml', 'models:', 'models:\n  more: { sql: facts.sql, strategy: merge, key: id }');
    const changed = await look(lab, '--json');
    expect(changed).toMatchObject({ code: 0, stderr: 'more is not published yet: all its rows would be new\n' });
    expect(JSON.parse(changed.stdout)).toMatchObject([{ table: 'facts', rows: { changed: 3 } }]);
    const { stdout } = await look(lab, 'facts+', '--exclude', 'loose');
    expect(stdout).toMatch(/^facts: its SQL changed\n[\s\S]*\n\ndays: [\s\S]*/);
  });

  test('what was never published, or is no model, is told apart', async () => {
    const lab = await openItemsLab(target, project);
    expect(await look(lab, 'stg_items')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('stg_items: nothing computes what is loaded from a source'),
    });
    await lab.runWell();
    await lab.write('sql/more.sql', 'select 1 as one');
    await lab.edit('pipelines/p.yaml', 'models:', 'models:\n  more: { sql: more.sql, strategy: table, key: one }');
    const { code, stderr } = await look(lab, 'more');
    expect(code).toBe(2);
    expect(stderr).toContain('more is not published yet');
  });
});
