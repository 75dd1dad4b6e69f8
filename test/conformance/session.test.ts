/** Sessions: transactions, parameters, errors, and stopping what runs too long. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EtlError } from '../../src/errors.js';
import {
  batchesOf,
  column,
  createFilled,
  inSession,
  integer,
  rowsOf,
  settings,
  type Target,
  targets,
} from './targets.js';

/** A query that no server ends within a test's time, without reading any table. */
const endless = `with digits as (select 0 as d ${'union all select 1 '.repeat(9)}) select count(*) as n from ${Array.from({ length: 14 }, (_, place) => `digits d${place}`).join(', ')} where ${Array.from({ length: 14 }, (_, place) => `d${place}.d`).join(' + ')} > 99`;

describe.each(targets)('%s', (_, open) => {
  let target: Target;
  beforeAll(async () => {
    target = await open();
  });
  afterAll(() => target?.remove());

  test('a rollback leaves nothing of a transaction', async () => {
    await inSession(target, async (session) => {
      await createFilled(target, session, 'rolled', [column('id', integer)], ['id'], [[1], [2]]);
      await session.begin();
      await session.execute('insert into rolled values (3)');
      await session.execute('update rolled set id = 20 where id = 2');
      await session.execute('delete from rolled where id = 1');
      await session.rollback();
      expect(await rowsOf(session, 'rolled')).toEqual([[1], [2]]);
    });
  });

  test('others see a transaction at its commit and not before', async () => {
    await inSession(target, async (writer) => {
      await createFilled(target, writer, 'committed', [column('id', integer)], ['id'], [[1]]);
      await inSession(target, async (reader) => {
        await writer.begin();
        await writer.execute('insert into committed values (2)');
        expect(await rowsOf(reader, 'committed')).toEqual([[1]]);
        await writer.commit();
        expect(await rowsOf(reader, 'committed')).toEqual([[1], [2]]);
      });
    });
  });

  test('a session that is closed in a transaction leaves nothing of it', async () => {
    await inSession(target, (session) =>
      session.execute(target.engine.dialect.createTable('closed', [column('id', integer)], [])),
    );
    await inSession(target, async (session) => {
      await session.begin();
      await session.execute('insert into closed values (1)');
    });
    await inSession(target, async (session) => expect(await rowsOf(session, 'closed')).toEqual([]));
  });

  test('a rollback without a transaction is no error', async () => {
    await inSession(target, async (session) => {
      await session.rollback();
      await session.rollback();
    });
  });

  test('a transaction reads work tables and writes published ones', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      await session.load('incoming', [column('id', integer)], batchesOf([[1], [2], [3]]));
      await session.execute(dialect.createTable('outgoing', [column('id', integer)], ['id']));
      await session.begin();
      expect(await session.execute(`insert into outgoing (id) select id from ${dialect.workTable('incoming')}`)).toBe(
        3,
      );
      await session.rollback();
      expect(await rowsOf(session, 'outgoing')).toEqual([]);
      expect(await rowsOf(session, dialect.workTable('incoming'))).toHaveLength(3);
      await session.execute(dialect.dropWorkTable('incoming'));
    });
  });

  test('parameters are values, whatever is in them', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      const columns = [
        column('id', { kind: 'integer', bits: 64, unsigned: true }),
        column('note', { kind: 'text' }),
        column('seen_at', { kind: 'timestamp' }),
        column('done', { kind: 'boolean' }),
        column('share', { kind: 'double' }),
      ];
      await session.execute(dialect.createTable('bound', columns, []));
      const insert = 'insert into bound values (?, ?, ?, ?, ?)';
      const text = `it's ? "x" \\ \n '); drop table bound; --`;
      await session.execute(insert, [2n ** 64n - 1n, text, '2024-01-01 00:00:00.000001', true, 0.1]);
      await session.execute(insert, [7, '', null, false, 3]);
      expect(await session.query('select * from bound order by id')).toEqual([
        { id: 7, note: '', seen_at: null, done: false, share: 3 },
        { id: 2n ** 64n - 1n, note: text, seen_at: '2024-01-01 00:00:00.000001', done: true, share: 0.1 },
      ]);
      expect(
        await session.query('select id from bound where note = ? and seen_at > ?', [text, '2023-12-31']),
      ).toHaveLength(1);
      const literals = await session.query(
        `select ${dialect.literal(text)} as t, ${dialect.literal(null)} as n, ${dialect.literal(2n ** 60n)} as b`,
      );
      expect(literals).toEqual([{ t: text, n: null, b: 2n ** 60n }]);
    });
  });

  test('sessions are at UTC', async () => {
    await inSession(target, async (session) => {
      const [row] = await session.query('select cast(current_timestamp as char(19)) as clock');
      const clock = Date.parse(`${String(row?.clock).slice(0, 19).replace(' ', 'T')}Z`);
      expect(Math.abs(clock - Date.now())).toBeLessThan(60_000);
    });
  });

  test('all tables and views are listed by name', async () => {
    await inSession(target, async (session) => {
      const { dialect } = target.engine;
      await session.execute(dialect.dropTable('listed'));
      await session.execute(dialect.createTable('listed', [column('id', integer)], []));
      await session.execute(dialect.createView('listed_too', `select id from ${dialect.identifier('listed')}`));
      const relations = await session.relations();
      expect(['listed', 'listed_too', 'unlisted'].filter((name) => relations.has(name))).toEqual([
        'listed',
        'listed_too',
      ]);
      await session.execute(dialect.dropView('listed_too'));
      expect((await session.relations()).has('listed_too')).toBe(false);
    });
  });

  test('an unknown time zone is refused with its name', async () => {
    await expect(target.warehouse.checkTimezone('Europe/Atlantis')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('Europe/Atlantis'),
    });
    await target.warehouse.checkTimezone('UTC');
  });

  test.each([
    ['an unknown column', 'select\n  id,\n  nope\nfrom known', { name: 'nope', line: 3 }],
    ['an unknown column behind other scripts', "select 'é😀привет' as a, nope from known", { name: 'nope', line: 1 }],
    ['an unknown table', 'select 1\nfrom no_such_table', { name: 'no_such_table', line: 2 }],
    ['a syntax error', "select 'é😀' as a\nfrom from known", { line: 2 }],
  ])('%s is pointed at', async (_title, sql, expected) => {
    await inSession(target, async (session) => {
      await session.execute(target.engine.dialect.dropTable('known'));
      await session.execute(target.engine.dialect.createTable('known', [column('id', integer)], []));
      for (const run of [() => session.query(sql), () => session.describe(sql)]) {
        const error = await run().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (!(error instanceof EtlError)) throw new Error('an EtlError was expected');
        expect(error.code).toBe('DATABASE');
        expect(error.sql).toBe(sql);
        const found = target.engine.sqlErrorPosition(error);
        if (found?.position === undefined && found?.line === undefined) {
          expect(found?.name).toBe('name' in expected ? expected.name : undefined);
          continue;
        }
        const line = found.line ?? sql.slice(0, found.position).split('\n').length;
        expect(line).toBe(expected.line);
        if (found.position !== undefined && 'name' in expected) {
          expect(sql.slice(found.position)).toMatch(new RegExp(`^"?${expected.name}`));
        }
      }
    });
  });

  test('a statement that is stopped says so, and its session works on', async () => {
    await inSession(target, async (session) => {
      const running = expect(session.query(endless)).rejects.toMatchObject({ code: 'CANCELLED' });
      await session.cancel();
      await running;
      expect(await session.query('select 1 as one')).toEqual([{ one: 1 }]);
    });
  });

  test('nothing happens where nothing is there to be stopped', async () => {
    await inSession(target, async (session) => {
      await session.cancel();
      expect(await session.query('select 1 as one')).toEqual([{ one: 1 }]);
    });
  });
});

test.each(targets)('%s: a statement that takes longer than allowed is stopped', async (_, open) => {
  const target = await open({ ...settings, timeoutMs: 200 });
  try {
    await inSession(target, async (session) => {
      await expect(session.query(endless)).rejects.toMatchObject({ code: 'TIMEOUT', hint: expect.any(String) });
    });
  } finally {
    await target.remove();
  }
});
