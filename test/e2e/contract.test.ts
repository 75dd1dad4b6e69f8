/** A run keeps contracts too, with the types that the warehouse itself gives. */
import { expect, test } from 'vitest';
import { openItemsLab } from './items-lab.js';
import { targets } from './lab.js';

const columns = (type: string) => `contract: true, columns: { grp: { type: integer }, total: { type: ${type} } }`;
const sql = (total: string) => `select grp, ${total} as total from {{ref "stg_items"}} group by grp`;

test.each(targets)('a run into %s ends before anything is published where a contract is broken', async (target) => {
  const lab = await openItemsLab(target, {
    models: {
      totals: `strategy: table, key: grp, ${columns('integer')}`,
      totals_view: `strategy: view, ${columns('integer')}`,
    },
    sql: { totals: sql('count(*)'), totals_view: sql('count(*)') },
  });
  await lab.runWell();
  const tables = ['stg_items', 'totals', 'totals_view'];
  const before = await lab.allRows(tables);
  await lab.oltp.query('insert into items values (4, null, 2, 1, now(6), null)');

  for (const model of ['totals', 'totals_view']) {
    await lab.edit(`sql/${model}.sql`, 'count(*)', 'sum(cast(v as double))');
    const at = (await lab.read('pipelines/p.yaml')).split('\n').findIndex((line) => line.startsWith(`  ${model}:`)) + 1;
    expect(await lab.run()).toMatchObject({
      status: 'failed',
      error: {
        code: 'DEFINITION',
        message: `${model}: 'total' must be integer, but the SQL gives double`,
        where: expect.stringMatching(new RegExp(`^pipelines/p.yaml:${at}:`)),
      },
    });
    expect(await lab.allRows(tables)).toEqual(before);
    await lab.edit(`sql/${model}.sql`, 'sum(cast(v as double))', 'count(*)');
  }
  await lab.runWell();
  expect(await lab.allRows(tables)).not.toEqual(before);
});
