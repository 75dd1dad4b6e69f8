/** An append model holds every row of an append-only source once. */
import { describe, expect, test } from 'vitest';
import { itemsPipeline, openItemsLab } from '../e2e/items-lab.js';
import { targets } from '../e2e/lab.js';

const models = { log: 'strategy: append, key: id' };
const sql = { log: 'select id, v from {{delta "stg_items"}}' };
const source = ['append_only: true'];

describe.each(targets)('into %s', (target) => {
  test('new rows are added once, though they are read again', async () => {
    const lab = await openItemsLab(target, { models, sql, source });
    await lab.runWell();
    await lab.oltp.query(`insert into items values (4, 'd', 2, 40, now(6), 0)`);
    await lab.runWell();
    await lab.runWell();
    await lab.runWell({ reload: ['items'] });
    expect(await lab.rows('log')).toEqual(['{"id":1,"v":10}', '{"id":2,"v":20}', '{"id":3,"v":30}', '{"id":4,"v":40}']);
  });

  test('an update in the source stops the run, names the key and leaves all as it was', async () => {
    const lab = await openItemsLab(target, { models, sql, source });
    await lab.runWell();
    await lab.oltp.query('update items set v = 99, updated_at = now(6) where id = 2');
    const { error } = await lab.run();
    expect(error).toMatchObject({ code: 'APPEND_ONLY', message: expect.stringContaining('updated id = 2') });
    expect((await lab.rows('log'))[1]).toBe('{"id":2,"v":20}');
  });

  test('columns that the definition or the source add are no updates, and double nothing', async () => {
    const lab = await openItemsLab(target, { models, sql, source });
    await lab.runWell();
    const wider = [...source, 'columns: { add: { double_v: "v * 2" } }'];
    await lab.write('pipelines/p.yaml', itemsPipeline({ models, source: wider }));
    await lab.runWell();
    await lab.oltp.query('alter table items add column w int default 7');
    await lab.runWell();
    expect(await lab.rows('stg_items', 'id, double_v, w')).toHaveLength(3);
    expect((await lab.rows('stg_items', 'id, double_v, w'))[0]).toBe('{"id":1,"double_v":20,"w":7}');
    expect(await lab.rows('log')).toHaveLength(3);
  });

  test('a new row under a key that is there is refused, as a rebuild would', async () => {
    const byGroup = { log: 'strategy: append, key: grp' };
    const text = { log: 'select grp, id from {{delta "stg_items"}} where id > 2' };
    const lab = await openItemsLab(target, { models: byGroup, sql: text, source });
    await lab.runWell();
    await lab.oltp.query(`insert into items values (4, 'd', 2, 40, now(6), 0)`);
    expect((await lab.run()).error).toMatchObject({
      code: 'DUPLICATE_KEY',
      message: 'log has a row with grp = 2 already',
    });
  });
});
