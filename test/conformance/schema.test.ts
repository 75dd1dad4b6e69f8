/** Tables, views and their columns: what is made is what is found again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareColumns } from '../../src/load/columns.js';
import { bigint, column, createFilled, inSession, integer, rowsOf, type Target, targets, text } from './targets.js';

describe.each(targets)('%s', (_, open) => {
  let target: Target;
  beforeAll(async () => {
    target = await open();
  });
  afterAll(() => target?.remove());

  test('a table that is not there has no columns', async () => {
    await inSession(target, async (session) => {
      expect(await session.columns('nowhere')).toBeUndefined();
    });
  });

  test('a created table has its columns in their order, the key not nullable', async () => {
    await inSession(target, async (session) => {
      const columns = [column('chat id', bigint, false), column('lang"u', text, false), column('n', integer)];
      await session.execute(target.engine.dialect.createTable('odd names', columns, ['chat id', 'lang"u']));
      const found = await session.columns('odd names');
      expect(found?.kind).toBe('table');
      expect(found?.columns.map(({ name, nullable }) => [name, nullable])).toEqual([
        ['chat id', false],
        ['lang"u', false],
        ['n', true],
      ]);
      expect(compareColumns(found?.columns ?? [], columns)).toEqual({
        added: [],
        dropped: [],
        widened: [],
        changed: [],
      });
    });
  });

  test('added columns are found, and are NULL in the rows that were there', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      await createFilled(target, session, 'widened', [column('id', integer, false)], ['id'], [[1]]);
      const added = [
        column('seen_at', { kind: 'timestamp' }),
        column('extra', { kind: 'json' }),
        column('share', { kind: 'decimal', precision: 20, scale: 6 }),
      ];
      for (const each of added) await session.execute(dialect.addColumn('widened', each));
      const found = await session.columns('widened');
      expect(found?.columns.slice(1)).toEqual(added);
      expect(await rowsOf(session, 'widened')).toEqual([[1, null, null, null]]);
    });
  });

  test('a table made of what a query is said to give takes its rows', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      const columns = [column('id', bigint, false), column('n', integer), column('name', text)];
      await createFilled(
        target,
        session,
        'facts',
        columns,
        ['id'],
        [
          ['1', 5, 'a'],
          ['9007199254740993', 7, null],
        ],
      );
      const select = `select count(*) as messages, sum(id) as ids, max(name) as latest, ${dialect.helpers.average(['n'], { timezone: 'UTC' })} as mean, ${dialect.helpers.bool(['n > 5'], { timezone: 'UTC' })} as busy, ${dialect.timestamp('2024-01-01 00:00:00.5')} as seen_at, min(id) as id from facts group by n`;
      const described = await session.describe(select);
      expect(described.map(({ name, type }) => [name, type.kind])).toEqual([
        ['messages', 'integer'],
        ['ids', 'decimal'],
        ['latest', 'text'],
        ['mean', 'double'],
        // To MariaDB a condition is a number.
        ['busy', expect.stringMatching(/^boolean$|^integer$/)],
        ['seen_at', 'timestamp'],
        ['id', 'integer'],
      ]);
      const nullable = described.map((each) => ({ ...each, nullable: each.name !== 'id' }));
      await session.execute(dialect.createTable('made', nullable, ['id']));
      expect(await session.execute(`insert into made ${select}`)).toBe(2);
      const found = await session.columns('made');
      expect(compareColumns(found?.columns ?? [], described)).toEqual({
        added: [],
        dropped: [],
        widened: [],
        changed: [],
      });
      const rows = await session.query('select * from made order by id');
      expect(rows.map((row) => ({ ...row, busy: Boolean(row.busy) }))).toEqual([
        {
          messages: 1,
          ids: '1',
          latest: 'a',
          mean: 5,
          busy: false,
          seen_at: '2024-01-01 00:00:00.500000',
          id: 1,
        },
        {
          ...{ messages: 1, ids: '9007199254740993', latest: null, mean: 7, busy: true },
          ...{ seen_at: '2024-01-01 00:00:00.500000', id: 9007199254740993n },
        },
      ]);
    });
  });

  test('describing a query runs nothing', async () => {
    await inSession(target, async (session) => {
      await session.execute(target.engine.dialect.createTable('huge', [column('id', integer)], []));
      const huge = Array.from({ length: 12 }, (_, place) => `huge h${place}`).join(', ');
      expect(
        await session.describe(`with w as (select h0.id from ${huge}) select id, count(*) as n from w group by id`),
      ).toMatchObject([
        { name: 'id', type: integer },
        { name: 'n', type: { kind: 'integer', bits: 64 } },
      ]);
    });
  });

  test('a view shows the tables below it, is replaced, and is dropped', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      await createFilled(target, session, 'below', [column('id', integer, false)], ['id'], [[1], [2]]);
      await session.execute(dialect.createView('above', 'select id from below where id > 1'));
      await session.execute(dialect.createView('above', 'select id, id * 2 as twice from below'));
      const found = await session.columns('above');
      expect([found?.kind, found?.columns.map(({ name }) => name)]).toEqual(['view', ['id', 'twice']]);
      expect(await rowsOf(session, 'above')).toEqual([
        [1, 2],
        [2, 4],
      ]);
      await session.execute(dialect.dropView('above'));
      await session.execute(dialect.dropView('above'));
      expect(await session.columns('above')).toBeUndefined();
    });
  });

  test('a view over a table that is gone is still known as a view', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      await session.execute(dialect.createTable('going', [column('id', integer)], []));
      await session.execute(dialect.createView('orphan', 'select id from going'));
      await session.execute(dialect.dropTable('going'));
      expect(await session.columns('orphan')).toMatchObject({ kind: 'view' });
      await session.execute(dialect.dropView('orphan'));
    });
  });
});
