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

  test('rows whose cursor is no day are read each time, left out, or an error, as those without one', async () => {
    const lab = await openItemsLab(target, { ...seen, source: ['deletes: detect'] });
    const connection = await createConnection(lab.oltp.options);
    onTestFinished(() => connection.end());
    await connection.query(`set session sql_mode = 'ALLOW_INVALID_DATES'`);
    await connection.query(`insert into items values (4, 'd', 1, 1, '0000-00-00', 0), (5, 'e', 1, 1, '1969-00-05', 0)`);
    await lab.runWell();
    await lab.runWell();
    await connection.query('update items set v = 99 where id > 3');
    await lab.runWell();
    expect(await lab.rows('stg_items', 'id, v')).toEqual(
      [10, 20, 30, 99, 99].map((v, at) => JSON.stringify({ id: at + 1, v })),
    );
    await lab.edit('pipelines/p.yaml', 'cursor: updated_at', 'cursor: updated_at, null_cursor: skip');
    await lab.runWell();
    await connection.query(`insert into items values (6, 'f', 1, 1, '0000-00-00', 0)`);
    await lab.runWell({ detect: ['stg_items'] });
    expect(await ids(lab)).toEqual([1, 2, 3]);
    await lab.edit('pipelines/p.yaml', 'null_cursor: skip', 'null_cursor: error');
    expect((await lab.run()).error?.message).toContain('items has rows whose cursor updated_at is NULL, such as id = ');
  });

  test('zero dates of a new column, in rows that no cursor tells of, are counted too', async () => {
    const lab = await openItemsLab(target, seen);
    await lab.runWell();
    await lab.runWell();
    const connection = await createConnection(lab.oltp.options);
    onTestFinished(() => connection.end());
    await connection.query(`set session sql_mode = ''`);
    await connection.query('alter table items add column joined date not null');
    const { steps } = await lab.runWell();
    const said = steps[0]?.warnings.map(({ message }) => message) ?? [];
    expect(said.filter((message) => message.includes('zero dates'))).toEqual([
      expect.stringMatching(/^[3-6] zero dates of items arrived as NULL$/),
    ]);
  });
});
