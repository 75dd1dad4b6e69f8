/** A merge model equals its rebuild: rows follow their upstream row, and the rows that `affects` says concern them. */
import { describe, expect, test } from 'vitest';
import { openItemsLab } from '../e2e/items-lab.js';
import { targets } from '../e2e/lab.js';

describe.each(targets)('into %s', (target) => {
  test('a change goes through a chain of affects and deltas, removals included', async () => {
    const models = {
      leader: 'strategy: merge, key: id',
      member: 'strategy: merge, key: id, affects: { leader: grp }',
      label: 'strategy: merge, key: label_id, delta_key: label_id',
    };
    const sql = {
      leader: 'select id, v from {{delta "stg_items"}} where code is not null',
      member:
        'select i.id, i.grp, l.v as leader_v from {{delta "stg_items"}} i left join {{ref "leader"}} l on l.id = i.grp',
      label: 'select id as label_id, leader_v from {{delta "member"}} where leader_v is not null',
    };
    const lab = await openItemsLab(target, { models, sql, isWhole: true });
    await lab.runWell();
    await lab.oltp.query('update items set v = 99 where id = 1');
    await lab.runWell();
    expect(await lab.rows('label')).toEqual([
      '{"label_id":1,"leader_v":99}',
      '{"label_id":2,"leader_v":99}',
      '{"label_id":3,"leader_v":20}',
    ]);
    await lab.oltp.query('update items set code = null where id = 2');
    await lab.runWell();
    expect(await lab.rows('label')).toEqual(['{"label_id":1,"leader_v":99}', '{"label_id":2,"leader_v":99}']);
    await lab.oltp.query('delete from items where id = 1');
    await lab.runWell();
    expect(await lab.rows('member')).toEqual(['{"id":2,"grp":1,"leader_v":null}', '{"id":3,"grp":2,"leader_v":null}']);
    expect(await lab.rows('label')).toEqual([]);
  });

  test('rows whose own key is another than that of their upstream follow it by delta_key', async () => {
    const models = { named: 'strategy: merge, key: code, delta_key: item_id' };
    const sql = { named: 'select code, id as item_id from {{delta "stg_items"}}' };
    const lab = await openItemsLab(target, { models, sql, isWhole: true });
    await lab.runWell();
    await lab.oltp.query(`update items set code = 'z' where id = 1`);
    await lab.oltp.query('delete from items where id = 3');
    await lab.runWell();
    expect(await lab.rows('named')).toEqual(['{"code":"b","item_id":2}', '{"code":"z","item_id":1}']);
  });

  test('a key that is not that of the upstream row is refused, before rows that are gone would stay', async () => {
    const models = { wrong: 'strategy: merge, key: v' };
    const lab = await openItemsLab(target, { models, sql: { wrong: 'select v, id from {{delta "stg_items"}}' } });
    await lab.runWell();
    await lab.oltp.query('update items set v = 77, updated_at = now(6) where id = 1');
    const { error } = await lab.run();
    expect(error).toMatchObject({ code: 'DEFINITION', hint: expect.stringContaining('delta_key') });
  });

  test('a model whose follower is behind by several runs, in step mode, tells it all', async () => {
    const models = { m: 'strategy: merge, key: id' };
    const sql = { m: 'select id, v from {{delta "stg_items"}}' };
    const lab = await openItemsLab(target, { models, sql, isWhole: true });
    await lab.edit('chat-etl.config.yaml', 'into: olap }', 'into: olap, atomicity: step }');
    await lab.write('pipelines/q.yaml', 'pipeline: q\nmodels:\n  late: { sql: late.sql, strategy: merge, key: id }');
    await lab.write('sql/late.sql', 'select id, v from {{delta "m"}}');
    await lab.runWell();
    for (const statement of [
      'update items set v = 11 where id = 1',
      'delete from items where id = 2',
      'update items set v = 12 where id = 1',
    ]) {
      await lab.oltp.query(statement);
      await lab.runWell({ pipelines: ['p'] });
    }
    const report = await lab.runWell({ pipelines: ['q'], withUpstreams: false });
    expect(report.steps[0]).toMatchObject({ action: 'update', rowsUpdated: 1, rowsDeleted: 1 });
    expect(await lab.rows('late')).toEqual(['{"id":1,"v":12}', '{"id":3,"v":30}']);
  });
});
