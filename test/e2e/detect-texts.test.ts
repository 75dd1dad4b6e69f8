/** `deletes: detect` by a key of text, all of whose keys DuckDB reads: what is gone, kept, purged, marked and back again. */
import { createConnection } from 'mysql2/promise';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openItemsLab } from './items-lab.js';
import { type Lab, type Target, targets } from './lab.js';

const old = `'2024-01-01'`;

/** Letters by a code in which case and accents count, and the open part of a snapshot of them. */
async function openLetters(target: Target, source: readonly string[]): Promise<Lab> {
  const lab = await openItemsLab(target, {
    models: { letters: 'strategy: merge, key: code' },
    sql: { letters: 'select code, v from {{delta "stg_items"}}' },
    source,
  });
  await lab.edit('pipelines/p.yaml', 'table: items', 'table: letters');
  await lab.edit('pipelines/p.yaml', 'key: id', 'key: code');
  await lab.oltp.query(
    `create table letters (code varchar(30) collate utf8mb4_bin primary key, v int, gone tinyint(1) not null default 0, updated_at datetime(6) not null default ${old}, key (updated_at, code))`,
  );
  await lab.oltp.query(
    `insert into letters (code, v) values ('a', 1), ('A', 2), ('á', 3), ('', 4), ('a b', 5), ('🙂', 6)`,
  );
  await lab.runWell();
  return lab;
}

const codes = async (lab: Lab, of: string): Promise<readonly unknown[]> =>
  (await lab.query(`select code from ${of} order by v`)).map(({ code }) => code);

const detect = { detect: ['stg_items'] };

describe.each(targets)('into %s', (target) => {
  test('rows that are gone leave staging and models, in one run with rows that are new, changed and back again', async () => {
    const lab = await openLetters(target, ['deletes: detect']);
    await lab.oltp.query(`delete from letters where code in ('a', '', '🙂')`);
    await lab.oltp.query(`update letters set v = 20, updated_at = now(6) where code = 'A'`);
    await lab.oltp.query(`insert into letters (code, v, updated_at) values ('new', 30, now(6)), ('a', 40, now(6))`);
    await lab.runWell(detect);
    for (const of of ['stg_items', 'letters']) expect(await codes(lab, of)).toEqual(['á', 'a b', 'A', 'new', 'a']);
    await lab.oltp.query('delete from letters');
    await lab.runWell(detect);
    for (const of of ['stg_items', 'letters']) expect(await codes(lab, of)).toEqual([]);
  });

  test('a row that no read has brought, since its stamp is old, makes the run read all again, beside one that is gone', async () => {
    const lab = await openLetters(target, ['deletes: detect']);
    await lab.oltp.query(`delete from letters where code = 'á'`);
    await lab.oltp.query(`insert into letters (code, v) values ('late', 7)`);
    await lab.runWell(detect);
    for (const of of ['stg_items', 'letters'])
      expect(await codes(lab, of)).toEqual(['a', 'A', '', 'a b', '🙂', 'late']);
  });

  test('rows are kept and flagged, and come back unflagged; purged ones stay as they are', async () => {
    const lab = await openLetters(target, [
      'deletes: detect',
      'deleted_rows: keep',
      'erase: [v]',
      'retention: { column: updated_at, after: 365d }',
    ]);
    await lab.oltp.query(
      `insert into letters (code, v, updated_at) values ('young', 7, now(6) - interval 30 day), ('younger', 8, now(6) - interval 29 day)`,
    );
    await lab.runWell(detect);
    await lab.oltp.query(`delete from letters where code in ('a', 'young', 'younger')`);
    await lab.runWell(detect);
    const flagged = () => lab.query('select code, v from stg_items where etl_deleted_at is not null order by code');
    expect(await flagged()).toEqual([
      { code: 'young', v: null },
      { code: 'younger', v: null },
    ]);
    expect(await lab.query(`select v from stg_items where code = 'a'`)).toEqual([{ v: 1 }]);
    await lab.oltp.query(
      `insert into letters (code, v, updated_at) values ('young', 9, now(6)), ('younger', 10, now(6) - interval 300 day)`,
    );
    await lab.runWell(detect);
    expect(await flagged()).toEqual([]);
    expect(await lab.query(`select v from stg_items where code in ('young', 'younger') order by v`)).toEqual([
      { v: 9 },
      { v: 10 },
    ]);
  });

  test('a row that is marked as deleted behind the cursor leaves, as one that is gone', async () => {
    const lab = await openLetters(target, ['deletes: { soft_column: gone, detect: { every: 1h } }']);
    await lab.oltp.query(`update letters set gone = 1 where code in ('A', 'a b')`);
    await lab.oltp.query(`update letters set gone = 1, updated_at = now(6) where code = '🙂'`);
    await lab.oltp.query(`delete from letters where code = ''`);
    await lab.runWell(detect);
    for (const of of ['stg_items', 'letters']) expect(await codes(lab, of)).toEqual(['a', 'á']);
  });

  test('while the source is written to, exactly what is gone in the snapshot of a run leaves', async () => {
    const lab = await openLetters(target, ['deletes: detect']);
    await lab.oltp.query(
      `insert into letters (code, v, updated_at) select concat('letter ', seq), seq + 100, now(6) from (with recursive n as (select 1 as seq union all select seq + 1 from n where seq < 900) select seq from n) s`,
    );
    const writer = await createConnection(lab.oltp.options);
    onTestFinished(() => writer.end());
    let isWriting = true;
    const writing = (async () => {
      for (let at = 1; isWriting; at++) {
        await writer.query(`insert into letters (code, v, updated_at) values ('more ${at}', ${at + 2000}, now(6))`);
        await writer.query(
          `update letters set v = v, gone = 1 - gone, updated_at = now(6) where code = 'letter ${(at * 37) % 900}'`,
        );
        await writer.query(`delete from letters where code = 'letter ${(at * 53) % 900}'`);
      }
    })();
    for (let run = 0; run < 3; run++) await lab.runWell(detect);
    isWriting = false;
    await writing;
    await lab.runWell(detect);
    const there = await lab.oltp.query('select code from letters order by v');
    expect(await codes(lab, 'stg_items')).toEqual(there.map(({ code }) => code));
    expect(await codes(lab, 'letters')).toEqual(there.map(({ code }) => code));
  });
});
