/** `erase` of a snapshot: what is personal of a deleted row is in none of its versions. */
import { describe, expect, test } from 'vitest';
import { openItemsLab } from './items-lab.js';
import { type Lab, type Target, targets } from './lab.js';

const history = 'strategy: snapshot, key: item_id, valid_from: at';
const select = 'select id as item_id, code, v, updated_at as at from';
const copies = 'select item_id, v, valid_from, is_current, code from {{delta "dim_item"}}';

/** A history by delta, one that reads the whole table, and what follows the first. */
async function openHistoryLab(target: Target, ...source: readonly string[]): Promise<Lab> {
  return openItemsLab(target, {
    models: {
      dim_item: `${history}, erase: code`,
      whole: `${history}, erase: [code]`,
      copies: 'strategy: merge, key: [item_id, valid_from], delta_key: item_id',
    },
    sql: { dim_item: `${select} {{delta "stg_items"}}`, whole: `${select} {{ref "stg_items"}}`, copies },
    source,
  });
}

async function versions(lab: Lab, table: string): Promise<readonly string[]> {
  const rows = await lab.query(`select item_id, code, v, is_current from ${table} order by item_id, valid_from`);
  return rows.map((row) => `${row.item_id} ${row.code} ${row.v}${Number(row.is_current) === 1 ? '' : ' closed'}`);
}

async function expectVersions(lab: Lab, expected: readonly string[]): Promise<void> {
  for (const table of ['dim_item', 'whole', 'copies'])
    expect([table, ...(await versions(lab, table))]).toEqual([table, ...expected]);
}

const set = (lab: Lab, id: number, values: string) =>
  lab.oltp.query(`update items set ${values}, updated_at = now(6) where id = ${id}`);
const insert = (lab: Lab, id: number, code: string) =>
  lab.oltp.query(`insert into items values (${id}, '${code}', 1, 1, now(6), 0)`);
const detect = { detect: ['stg_items'] };

describe.each(targets)('into %s', (target) => {
  test('a row removed from staging is erased in its open and closed versions; one that comes back stays erased in the old ones', async () => {
    const lab = await openHistoryLab(target, 'deletes: detect');
    await lab.runWell();
    await set(lab, 1, `code = 'ann'`);
    await set(lab, 2, `code = 'bob'`);
    await lab.runWell();
    await lab.oltp.query('delete from items where id = 1');
    await lab.runWell(detect);
    const erased = ['1 null 10 closed', '1 null 10 closed'];
    await expectVersions(lab, [...erased, '2 b 20 closed', '2 bob 20', '3 c 30']);
    await insert(lab, 1, 'ann again');
    await lab.runWell(detect);
    await expectVersions(lab, [...erased, '1 ann again 1', '2 b 20 closed', '2 bob 20', '3 c 30']);
    await set(lab, 1, 'v = 2');
    await lab.runWell();
    const later = [...erased, '1 ann again 1 closed', '1 ann again 2', '2 b 20 closed', '2 bob 20', '3 c 30'];
    await expectVersions(lab, later);
  });

  test('a row flagged in staging is erased too, also where staging itself keeps the column', async () => {
    const lab = await openHistoryLab(
      target,
      'deletes: { soft_column: gone, detect: {} }',
      'deleted_rows: keep',
      'erase: []',
    );
    await lab.runWell();
    await set(lab, 1, `code = 'ann'`);
    await lab.runWell();
    await set(lab, 1, 'gone = 1');
    await lab.oltp.query('delete from items where id = 2');
    await lab.runWell(detect);
    const closed = ['1 null 10 closed', '1 null 10 closed'];
    await expectVersions(lab, [...closed, '1 null 10', '2 null 20', '3 c 30']);
    const { steps } = await lab.runWell(detect);
    expect(steps.slice(1).map(({ status }) => status)).toEqual(['skipped', 'skipped', 'skipped']);
    await set(lab, 1, 'gone = 0');
    await lab.runWell();
    await expectVersions(lab, [...closed, '1 null 10 closed', '1 ann 10', '2 null 20', '3 c 30']);
  });

  test.each([[[]], [['deleted_rows: keep', 'erase: []']]])(
    'a row that was deleted and came back before the history saw it is erased in the versions of before (%j)',
    async (source) => {
      const lab = await openHistoryLab(target, 'deletes: detect', ...source);
      await lab.write('pipelines/other.yaml', 'pipeline: other\nmodels:\n  seen: { sql: seen.sql, strategy: view }\n');
      await lab.write('sql/seen.sql', 'select id from {{ref "stg_items"}}');
      await lab.runWell();
      await set(lab, 1, `code = 'ann'`);
      await lab.runWell();
      await lab.oltp.query('delete from items where id = 1');
      await lab.runWell({ ...detect, pipelines: ['other'] });
      await insert(lab, 1, 'anew');
      await lab.runWell({ pipelines: ['other'] });
      await lab.runWell();
      expect(await versions(lab, 'dim_item')).toEqual([
        '1 null 10 closed',
        '1 null 10 closed',
        '1 anew 1',
        '2 b 20',
        '3 c 30',
      ]);
      expect(await versions(lab, 'copies')).toEqual(await versions(lab, 'dim_item'));
    },
  );

  test('erasing what was not erased before reaches rows that were deleted long ago', async () => {
    const lab = await openHistoryLab(target, 'deletes: detect');
    await lab.edit('pipelines/p.yaml', ', erase: code', '');
    await lab.runWell();
    await lab.oltp.query('delete from items where id = 1');
    await lab.runWell(detect);
    expect(await versions(lab, 'dim_item')).toEqual(['1 a 10 closed', '2 b 20', '3 c 30']);
    await lab.edit('pipelines/p.yaml', 'valid_from: at }', 'valid_from: at, erase: [code, nothing] }');
    expect((await lab.run()).error?.message).toBe("dim_item has no column 'nothing', which 'erase' names");
    await lab.edit('pipelines/p.yaml', 'code, nothing', 'code');
    await lab.runWell();
    await expectVersions(lab, ['1 null 10 closed', '2 b 20', '3 c 30']);
  });
});
