/** Rows without a cursor and zero dates: what the source says of them is done, and never silently. */
import { createConnection } from 'mysql2/promise';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openItemsLab } from './items-lab.js';
import { type Lab, targets } from './lab.js';

const seen = { models: { seen: 'strategy: view' }, sql: { seen: 'select count(*) as n from {{ref "stg_items"}}' } };

async function ids(lab: Lab): Promise<readonly number[]> {
  return (await lab.query('select id from stg_items order by id')).map(({ id }) => Number(id));
}

describe.each(targets)('into %s', (target) => {
  test('rows without a cursor are read each time, left out, or an error, as the source says', async () => {
    const lab = await openItemsLab(target, { ...seen, source: ['deletes: detect'] });
    await lab.oltp.query(`insert into items values (4, 'd', 1, 1, null, 0)`);
    await lab.runWell();
    expect(await ids(lab)).toEqual([1, 2, 3, 4]);
    await lab.edit('pipelines/p.yaml', 'cursor: updated_at', 'cursor: updated_at, null_cursor: skip');
    await lab.runWell();
    expect(await ids(lab)).toEqual([1, 2, 3]);
    await lab.oltp.query(`insert into items values (5, 'e', 1, 1, null, 0), (6, 'f', 1, 1, now(6), 0)`);
    await lab.oltp.query('update items set updated_at = null where id = 1');
    await lab.runWell({ detect: ['stg_items'] });
    expect(await ids(lab)).toEqual([2, 3, 6]);
    await lab.edit('pipelines/p.yaml', 'null_cursor: skip', 'null_cursor: error');
    const { error } = await lab.run();
    expect(error).toMatchObject({ code: 'SOURCE_DATA', where: expect.stringContaining('pipelines/p.yaml:') });
    expect(error?.message).toContain('items has rows whose cursor updated_at is NULL, such as id = ');
    expect(error?.hint).toContain('null_cursor');
  });

  test('zero dates are NULL and counted once a run, or an error', async () => {
    const lab = await openItemsLab(target, seen);
    const connection = await createConnection(lab.oltp.options);
    onTestFinished(() => connection.end());
    await connection.query(`set session sql_mode = ''`);
    await connection.query('alter table items add column born date, add column died datetime');
    await connection.query(`update items set born = '0000-00-00', died = '0000-00-00' where id < 3`);
    const report = await lab.runWell();
    expect(report.steps[0]?.warnings.map(({ message }) => message)).toEqual(['4 zero dates of items arrived as NULL']);
    expect(await lab.rows('stg_items', 'count(born) as n')).toEqual(['{"n":0}']);
    await lab.edit('pipelines/p.yaml', 'key: id', 'key: id\n    zero_dates: error');
    await connection.query(`update items set updated_at = now(6) where id = 1`);
    const { error } = await lab.run();
    expect(error).toMatchObject({ code: 'SOURCE_DATA', message: expect.stringContaining('zero dates') });
    expect(error?.hint).toContain('zero_dates');
  });
});
