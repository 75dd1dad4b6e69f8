/** What the dialect writes does the same on every warehouse: upserts, deletes, comparisons, work and scratch tables. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../src/engines/contract.js';
import { packRows } from '../../src/engines/rows.js';
import {
  arrays,
  batchesOf,
  bigint,
  column,
  createFilled,
  inSession,
  integer,
  rowsOf,
  type Target,
  targets,
  text,
} from './targets.js';

const members = [column('chat', bigint, false), column('member', bigint, false), column('role', text)];

describe.each(targets)('%s', (_, open) => {
  let target: Target;
  beforeAll(async () => {
    target = await open();
  });
  afterAll(() => target?.remove());

  async function executeAll(session: Session, statements: readonly string[]): Promise<void> {
    for (const statement of statements) await session.execute(statement);
  }

  test('a table may be called as the statements call theirs', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      for (const name of ['n', 't']) {
        await createFilled(target, session, name, members, ['chat', 'member'], [['1', '1', 'owner']]);
        const select = `select chat, member, 'new' as role from ${dialect.identifier(name)}`;
        await executeAll(session, dialect.createScratchTableAs('changes', select));
        const names = members.map((member) => member.name);
        await executeAll(session, dialect.upsert(name, names, ['chat', 'member'], dialect.scratchTable('changes')));
        expect(arrays(await session.query(`select * from ${dialect.identifier(name)}`))).toEqual([[1, 1, 'new']]);
        await session.execute(dialect.deleteMatching(name, ['chat'], dialect.scratchTable('changes'), ['chat']));
        expect(await session.query(`select * from ${dialect.identifier(name)}`)).toEqual([]);
      }
    });
  });

  test('an upsert inserts new keys, updates known ones, and leaves the rest alone', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      await createFilled(
        target,
        session,
        'upserted',
        members,
        ['chat', 'member'],
        [
          ['1', '1', 'owner'],
          ['1', '2', 'member'],
          ['2', '1', 'admin'],
        ],
      );
      await session.begin();
      await executeAll(
        session,
        dialect.createScratchTableAs(
          'changes',
          `select chat, member + 1 as member, 'new' as role from upserted where chat = 1`,
        ),
      );
      const names = members.map(({ name }) => name);
      await executeAll(session, dialect.upsert('upserted', names, ['chat', 'member'], dialect.scratchTable('changes')));
      await session.commit();
      expect(arrays(await session.query('select * from upserted order by chat, member'))).toEqual([
        [1, 1, 'owner'],
        [1, 2, 'new'],
        [1, 3, 'new'],
        [2, 1, 'admin'],
      ]);
    });
  });

  test('an upsert may be of a query, and be told which keys are known', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      const columns = [column('id', bigint, false), column('role', text)];
      const before = [
        ['1', 'stays'],
        ['2', 'old'],
      ];
      await createFilled(target, session, 'queried', columns, ['id'], before);
      const rows = `(select 2 as id, 'new' as role union all select 3 as id, 'added' as role)`;
      await executeAll(session, dialect.upsert('queried', ['id', 'role'], ['id'], rows, '(select 2 as id)'));
      expect(await rowsOf(session, 'queried')).toEqual([
        [1, 'stays'],
        [2, 'new'],
        [3, 'added'],
      ]);
    });
  });

  test('an upsert of a table that is nothing but its key changes nothing that is there', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      const columns = members.slice(0, 2);
      await createFilled(target, session, 'pairs', columns, ['chat', 'member'], [['1', '1']]);
      await executeAll(
        session,
        dialect.createScratchTableAs('pairs', 'select chat, member from pairs union all select 2, 2'),
      );
      await executeAll(
        session,
        dialect.upsert('pairs', ['chat', 'member'], ['chat', 'member'], dialect.scratchTable('pairs')),
      );
      expect(await rowsOf(session, 'pairs')).toEqual([
        [1, 1],
        [2, 2],
      ]);
    });
  });

  test('a key may be deleted and inserted again in one transaction', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      await createFilled(target, session, 'again', members, ['chat', 'member'], [['1', '1', 'owner']]);
      await session.begin();
      await executeAll(session, dialect.createScratchTableAs('again', 'select * from again'));
      await session.execute(
        dialect.deleteMatching('again', ['chat', 'member'], dialect.scratchTable('again'), ['chat', 'member']),
      );
      await session.execute(`insert into again select chat, member, 'back' from ${dialect.scratchTable('again')}`);
      await session.commit();
      expect(await rowsOf(session, 'again')).toEqual([[1, 1, 'back']]);
    });
  });

  test('deleting by key counts the rows; NULL is no key; the keys may bear other names and come twice', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      const columns = [column('a', bigint), column('b', text), column('kept', integer)];
      await createFilled(
        target,
        session,
        'deleted',
        columns,
        [],
        [
          ['1', 'x', 1],
          ['1', null, 2],
          [null, 'x', 3],
          [null, null, 4],
          [null, null, 5],
          ['2', 'X', 6],
          ['2', 'x ', 7],
        ],
      );
      await executeAll(
        session,
        dialect.createScratchTableAs(
          'gone',
          `select a as first_key, b as second_key from deleted where kept in (1, 6)
           union all select 2, 'x' union all select 1, 'x'`,
        ),
      );
      const deleted = await session.execute(
        dialect.deleteMatching('deleted', ['a', 'b'], dialect.scratchTable('gone'), ['first_key', 'second_key']),
      );
      expect(deleted).toBe(2);
      expect(arrays(await session.query('select kept from deleted order by kept'))).toEqual([[2], [3], [4], [5], [7]]);
    });
  });

  test('values are distinct as rows are, NULL being a value and letters and spaces being themselves', async () => {
    await inSession(target, async (session) => {
      const columns = [column('place', integer), column('a', text), column('b', text)];
      await createFilled(
        target,
        session,
        'compared',
        columns,
        ['place'],
        [
          [1, 'x', 'x'],
          [2, 'x', 'X'],
          [3, 'x', 'x '],
          [4, null, 'x'],
          [5, null, null],
          [6, '', null],
          [7, 'é', 'e\u0301'],
        ],
      );
      const distinct = target.engine.dialect.distinct('a', 'b');
      const found = await session.query(`select place from compared where ${distinct} order by place`);
      expect(found.map((row) => row.place)).toEqual([2, 3, 4, 6, 7]);
    });
  });

  test('a work table is made anew by each load, and the rows know the order in which they were read', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      const columns = [column('id', integer), column('body', text)];
      await session.load('ordered', columns, batchesOf([[9, 'before']]));
      const loaded = await session.load(
        'ordered',
        columns,
        batchesOf([
          [3, 'first'],
          [1, 'only'],
          [3, 'second'],
          [2, 'only'],
          [3, 'third'],
        ]),
      );
      expect(loaded).toEqual({ rows: 5, bytes: 300 });
      const last = `select id, body, row_number() over (partition by id order by ${dialect.readOrder} desc) as place from ${dialect.workTable('ordered')}`;
      const rows = await session.query(`select id, body from (${last}) r where place = 1 order by id`);
      expect(arrays(rows)).toEqual([
        [1, 'only'],
        [2, 'only'],
        [3, 'third'],
      ]);
      await session.execute(dialect.dropWorkTable('ordered'));
    });
  });

  test('a work table is seen by the other sessions of the run', async () => {
    const { dialect } = target.engine;
    await inSession(target, (session) => session.load('shared', [column('id', integer)], batchesOf([[1], [2]])));
    await inSession(target, async (session) => {
      expect(await rowsOf(session, dialect.workTable('shared'))).toHaveLength(2);
      await session.execute(dialect.dropWorkTable('shared'));
    });
  });

  test('several sessions load at once', async () => {
    const { dialect } = target.engine;
    const rows = Array.from({ length: 5000 }, (_, id) => [id] as const);
    const names = ['parallel_a', 'parallel_b', 'parallel_c'];
    const batches = async function* () {
      for (let start = 0; start < rows.length; start += 500) yield packRows(rows.slice(start, start + 500));
    };
    await Promise.all(
      names.map((name) => inSession(target, (session) => session.load(name, [column('id', integer)], batches()))),
    );
    await inSession(target, async (session) => {
      for (const name of names) {
        const [row] = await session.query(`select count(*) as n, sum(id) as s from ${dialect.workTable(name)}`);
        expect([Number(row?.n), Number(row?.s)]).toEqual([5000, 12_497_500]);
        await session.execute(dialect.dropWorkTable(name));
      }
    });
  });

  test('a source that fails while it is read fails the load with its own error', async () => {
    await inSession(target, async (session) => {
      const failing = async function* () {
        yield packRows([[1]]);
        throw new Error('the source went away');
      };
      await expect(session.load('failed', [column('id', integer)], failing())).rejects.toThrow('the source went away');
      await session.load('failed', [column('id', integer)], batchesOf([[2]]));
      expect(await session.query(`select id from ${target.engine.dialect.workTable('failed')}`)).toEqual([{ id: 2 }]);
      await session.execute(target.engine.dialect.dropWorkTable('failed'));
    });
  });

  test('a scratch table is its session’s own and commits nothing', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      await createFilled(target, session, 'uncommitted', [column('id', integer)], ['id'], [[1]]);
      await session.begin();
      await session.execute('insert into uncommitted values (2)');
      await executeAll(session, dialect.createScratchTableAs('mine', 'select id from uncommitted'));
      await executeAll(session, dialect.createScratchTableAs('mine', 'select id + 10 as id from uncommitted'));
      expect(await rowsOf(session, dialect.scratchTable('mine'))).toEqual([[11], [12]]);
      await inSession(target, async (other) => {
        await expect(other.query(`select * from ${dialect.scratchTable('mine')}`)).rejects.toMatchObject({
          code: 'DATABASE',
        });
        expect(await rowsOf(other, 'uncommitted')).toEqual([[1]]);
      });
      await session.execute(dialect.dropScratchTable('mine'));
      await session.rollback();
      expect(await rowsOf(session, 'uncommitted')).toEqual([[1]]);
    });
  });

  test('a scratch view gives the rows of scratch tables and others, commits nothing, and can be made anew', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      await createFilled(target, session, 'looked_at', [column('id', integer)], ['id'], [[1]]);
      await session.begin();
      await session.execute('insert into looked_at values (2), (3)');
      await executeAll(session, dialect.createScratchTableAs('some', 'select 2 as id union all select 3'));
      const joined = (more: string) =>
        `select l.* from looked_at l join ${dialect.scratchTable('some')} s on s.id = l.id${more}`;
      for (const [more, ids] of [
        ['', [[2], [3]]],
        [' where l.id > 2', [[3]]],
      ] as const) {
        await executeAll(session, dialect.createScratchViewAs('view', joined(more)));
        expect(await rowsOf(session, dialect.scratchTable('view'))).toEqual(ids);
      }
      await session.execute(dialect.dropScratchView('view'));
      await session.execute(dialect.dropScratchView('view'));
      await session.execute(dialect.dropScratchTable('some'));
      await session.rollback();
      expect(await rowsOf(session, 'looked_at')).toEqual([[1]]);
    });
  });
});
