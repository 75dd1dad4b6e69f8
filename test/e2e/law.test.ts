/** Incremental equals rebuilt: the law of the design, over every strategy, on both engines. */
import { describe, expect, test } from 'vitest';
import { chatTables, openChatLab } from './chat-lab.js';
import type { Lab } from './lab.js';
import { targets } from './lab.js';

async function expectLaw(lab: Lab): Promise<void> {
  const rebuilt = await lab.rebuilt(chatTables);
  expect(await lab.allRows(chatTables)).toEqual(rebuilt);
}

const histories: Readonly<Record<string, readonly string[]>> = {
  'new rows': [
    `insert into messages (user_id, body, created_at, updated_at) values (2, 'new', now(6), now(6))`,
    `insert into users values (4, 'Dan', 'it', now(6), null)`,
  ],
  'an edit that moves a message to another day': [
    `update messages set created_at = '2024-02-01', updated_at = now(6) where id = 3`,
  ],
  'a soft delete that the model filters away, and its undelete': [
    `update messages set deleted_at = now(6), updated_at = now(6) where id = 1`,
  ],
  'a change of a user, which concerns the facts of that user': [
    `update users set country = 'es', updated_at = now(6) where id = 1`,
  ],
  'a removed user': [`update users set deleted_at = now(6), updated_at = now(6) where id = 2`],
  'an edit that takes a row out of the next model': [
    `update messages set body = 'x', updated_at = now(6) where id = 3`,
  ],
};

describe.each(targets)('into %s', (target) => {
  test.each(Object.entries(histories))('%s: every table equals its rebuild', async (_, statements) => {
    const lab = await openChatLab(target);
    try {
      await lab.runWell();
      for (const statement of statements) await lab.oltp.query(statement);
      await lab.runWell();
      await expectLaw(lab);
    } finally {
      await lab.close();
    }
  });

  test('a run after which nothing changed does nothing to any model', async () => {
    const lab = await openChatLab(target);
    try {
      await lab.runWell();
      const report = await lab.runWell();
      expect(report.steps.filter(({ kind }) => kind === 'model').map(({ status }) => status)).toEqual(
        Array(5).fill('skipped'),
      );
      expect(report.steps.reduce((sum, step) => sum + step.rowsInserted + step.rowsUpdated + step.rowsDeleted, 0)).toBe(
        0,
      );
    } finally {
      await lab.close();
    }
  });

  test('only the rows that changed are counted as such', async () => {
    const lab = await openChatLab(target);
    try {
      await lab.runWell();
      await lab.oltp.query(`update users set country = 'es', updated_at = now(6) where id = 1`);
      const report = await lab.runWell();
      const counts = (step: string) => report.steps.find((it) => it.step === step);
      expect(counts('stg_users')).toMatchObject({ rowsInserted: 0, rowsUpdated: 1, rowsDeleted: 0 });
      expect(counts('fact_message')).toMatchObject({ rowsInserted: 0, rowsUpdated: 2, rowsDeleted: 0 });
      expect(counts('dim_user')).toMatchObject({ rowsInserted: 0, rowsUpdated: 1, rowsDeleted: 0 });
    } finally {
      await lab.close();
    }
  });

  test('a snapshot keeps what was: closed versions stay, open ones equal the upstream', async () => {
    const lab = await openChatLab(target);
    const history = () => lab.rows('dim_user', 'user_id, name, country, valid_from, valid_to, is_current');
    try {
      await lab.runWell();
      await lab.oltp.query(`update users set country = 'es', updated_at = '2024-05-01' where id = 1`);
      await lab.runWell();
      await lab.oltp.query(`update users set name = 'Anna', updated_at = '2024-06-01' where id = 1`);
      await lab.oltp.query(`update users set name = 'Rob' where id = 2`);
      await lab.oltp.query(`update users set deleted_at = now(6), updated_at = now(6) where id = 3`);
      await lab.runWell({ reload: ['users'] });
      const versions = await lab.query(
        'select user_id, name, country, valid_from, valid_to, is_current from dim_user order by user_id, valid_from',
      );
      expect(versions.map((row) => [Number(row.user_id), row.name, row.country, Number(row.is_current)])).toEqual([
        [1, 'Ann', 'de', 0],
        [1, 'Ann', 'es', 0],
        [1, 'Anna', 'es', 1],
        [2, 'Rob', 'fr', 1],
        [3, 'Тест', null, 0],
      ]);
      expect(versions.map((row) => String(row.valid_from).slice(0, 10))).toEqual([
        '2024-01-01',
        '2024-05-01',
        '2024-06-01',
        '2024-01-01',
        '2024-01-02',
      ]);
      expect(versions[0]?.valid_to).toEqual(versions[1]?.valid_from);
      const before = await history();
      await lab.runWell({ fullRefresh: true });
      expect(await history()).toEqual(before);
    } finally {
      await lab.close();
    }
  });
});
