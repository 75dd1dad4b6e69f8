/** A column added to the source with a default moves no cursor: its values in old rows are read before it is published. */
import { expect, test } from 'vitest';
import { openItemsLab } from './items-lab.js';
import { targets } from './lab.js';

test.each(targets)('into %s: all rows get its values, of which only key and column are read again', async (target) => {
  const lab = await openItemsLab(target, {
    models: { copy: 'strategy: merge, key: id' },
    sql: { copy: 'select m.* from {{delta "stg_items"}} m\n' },
    source: ['deletes: detect'],
  });
  await lab.runWell();
  await lab.oltp.query(`alter table items add column mood varchar(9) not null default 'calm', add column age int`);
  await lab.oltp.query(`update items set mood = 'wild', age = 3 where id = 2`);
  await lab.oltp.query(`update items set v = 31, updated_at = now(6) where id = 3`);
  await lab.oltp.query(`delete from items where id = 1`);
  const report = await lab.runWell({ detect: ['stg_items'] });
  expect(report.steps.find(({ step }) => step === 'stg_items')).toMatchObject({
    rowsRead: 1,
    rowsUpdated: 2,
    rowsDeleted: 1,
  });
  const now = ['{"id":2,"v":20,"mood":"wild","age":3}', '{"id":3,"v":31,"mood":"calm","age":null}'];
  expect(await lab.rows('stg_items', 'id, v, mood, age')).toEqual(now);
  expect(await lab.rows('copy', 'id, v, mood, age')).toEqual(now);
});
