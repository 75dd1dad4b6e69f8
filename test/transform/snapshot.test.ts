/** A snapshot's open rows equal its upstream; what was stays as it was. */
import { describe, expect, test } from 'vitest';
import { openItemsLab } from '../e2e/items-lab.js';
import { type Lab, type Target, targets } from '../e2e/lab.js';

const whole = 'select id, v, updated_at from {{ref "stg_items"}}';

async function openHistory(target: Target, sql = whole): Promise<Lab> {
  const models = { history: 'strategy: snapshot, key: id, valid_from: updated_at' };
  const lab = await openItemsLab(target, { models, sql: { history: sql }, isWhole: true });
  await lab.runWell();
  return lab;
}

/** Value, day of begin, whether it has ended and whether it is open, of each version of an item. */
async function versions(lab: Lab, id: number) {
  const rows = await lab.query(
    `select v, valid_from, valid_to, is_current from history where id = ${id} order by valid_from, is_current`,
  );
  return rows.map((row) => [
    row.v,
    String(row.valid_from).slice(0, 10),
    row.valid_to === null ? 'open' : 'ended',
    Number(row.is_current),
  ]);
}

describe.each(targets)('into %s', (target) => {
  test.each([
    ['read whole', whole],
    ['read by its delta', whole.replace('ref', 'delta')],
  ])('%s: a later change is a new version, a change without one corrects the open version', async (_, sql) => {
    const lab = await openHistory(target, sql);
    await lab.oltp.query(`update items set v = 11, updated_at = '2024-03-01' where id = 1`);
    await lab.oltp.query('update items set v = 21 where id = 2');
    await lab.runWell();
    expect(await versions(lab, 1)).toEqual([
      [10, '2024-01-01', 'ended', 0],
      [11, '2024-03-01', 'open', 1],
    ]);
    expect(await versions(lab, 2)).toEqual([[21, '2024-01-01', 'open', 1]]);
  });

  test('a row that is removed is closed, and comes back as a version after that', async () => {
    const lab = await openHistory(target);
    await lab.oltp.query('delete from items where id = 1');
    await lab.runWell();
    expect(await versions(lab, 1)).toEqual([[10, '2024-01-01', 'ended', 0]]);
    await lab.oltp.query(`insert into items values (1, 'a', 1, 12, '2024-01-01', 0)`);
    await lab.runWell();
    const [closed, back] = await lab.query('select valid_from, valid_to from history where id = 1 order by valid_from');
    expect(back?.valid_from).toEqual(closed?.valid_to);
    expect((await versions(lab, 1)).map(([v, , end]) => [v, end])).toEqual([
      [10, 'ended'],
      [12, 'open'],
    ]);
  });

  test('a version that began in the future and never held gives way when the row comes back', async () => {
    const lab = await openHistory(target);
    await lab.oltp.query(`insert into items values (4, 'd', 1, 40, '2037-01-01', 0)`);
    await lab.runWell();
    await lab.oltp.query('delete from items where id = 4');
    await lab.runWell();
    await lab.oltp.query(`insert into items values (4, 'd', 1, 41, '2037-01-01', 0)`);
    await lab.runWell();
    expect(await versions(lab, 4)).toEqual([[41, '2037-01-01', 'open', 1]]);
  });

  test('a row that does not say since when holds from the run that saw it', async () => {
    const lab = await openHistory(
      target,
      `${whole.replace('updated_at', 'nullif(updated_at, updated_at) as updated_at')}`,
    );
    await lab.oltp.query('update items set v = 11 where id = 1');
    await lab.runWell();
    expect((await versions(lab, 1)).map(([v, , end]) => [v, end])).toEqual([
      [10, 'ended'],
      [11, 'open'],
    ]);
  });

  test('another key stops with advice that keeps the history', async () => {
    const lab = await openHistory(target);
    const before = await lab.rows('history');
    await lab.edit('pipelines/p.yaml', 'snapshot, key: id', 'snapshot, key: [id, v]');
    const { error } = await lab.run({ fullRefresh: true });
    expect(error).toMatchObject({ code: 'SCHEMA_CHANGE', hint: expect.stringContaining('another name') });
    expect(await lab.rows('history')).toEqual(before);
  });
});
