/** All sources of a connection are as of one moment: no row that was read points at a row that was not. */
import { createConnection } from 'mysql2/promise';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { SourceDatabase, SourceRead } from '../../src/engines/contract.js';
import { type Lab, openLab, targets } from './lab.js';

/** What happens in the chat database right after the rows of a table were read. */
const afterRows = vi.hoisted(() => new Map<string, () => Promise<unknown>>());

/** How often a run has asked what is open. */
const asked = vi.hoisted(() => ({ times: 0 }));

vi.mock('../../src/engines/registry.js', async (original) =>
  (await import('./hooked-sources.js')).registryOf(original, hooked),
);

function hooked(database: SourceDatabase): SourceDatabase {
  return {
    ...database,
    openWork: () => {
      asked.times += 1;
      return database.openWork();
    },
    snapshot: async () => {
      const snapshot = await database.snapshot();
      return {
        ...snapshot,
        async *read(read: SourceRead, ...rest) {
          yield* snapshot.read(read, ...rest);
          const hook = afterRows.get(read.table ?? '');
          afterRows.delete(read.table ?? '');
          await hook?.();
        },
      };
    },
  };
}

const pipeline = `
pipeline: chat
sources:
  users: { table: users, key: id, incremental: { cursor: updated_at } }
  messages: { table: messages, key: id, incremental: { cursor: updated_at } }
  rooms: { table: rooms, key: id }
models:
  fact_message:
    sql: fact_message.sql
    strategy: merge
    key: message_id
    tests:
      - { relationship: { column: user_id, to: stg_users.id } }
      - { relationship: { column: room_id, to: stg_rooms.id } }
`;

async function openChat(target: (typeof targets)[number], deletes = ''): Promise<Lab> {
  const lab = await openLab({
    target,
    oltp: [
      'create table users (id bigint not null primary key, updated_at datetime(6) not null, key (updated_at, id))',
      'create table rooms (id bigint not null primary key)',
      'create table messages (id bigint not null primary key, user_id bigint, room_id bigint, updated_at datetime(6) not null, key (updated_at, id))',
      'insert into users values (1, now(6))',
      'insert into rooms values (1)',
      'insert into messages values (1, 1, 1, now(6))',
    ],
    files: {
      'pipelines/p.yaml': pipeline.replaceAll('updated_at } }', `updated_at }${deletes} }`),
      'sql/fact_message.sql': 'select id as message_id, user_id, room_id from {{delta "stg_messages"}}\n',
    },
  });
  onTestFinished(() => lab.close());
  // One after the other, so that the messages are read after what happens behind the users.
  await lab.edit('chat-etl.config.yaml', 'into: olap', 'into: olap, parallel: 1');
  return lab;
}

/** In one transaction a user comes, a room, and a message of theirs. */
async function arrive({ oltp }: Lab, id: number): Promise<void> {
  await oltp.query('begin');
  await oltp.query(`insert into users values (${id}, now(6))`);
  await oltp.query(`insert into rooms values (${id})`);
  await oltp.query(`insert into messages values (${id}, ${id}, ${id}, now(6))`);
  await oltp.query('commit');
}

test.each(targets)('a first load into %s is caught up to one moment before anything is tested', async (target) => {
  const lab = await openChat(target);
  afterRows.set('users', () => arrive(lab, 2));
  await lab.runWell();
  expect(await lab.rows('stg_messages', 'id')).toEqual(['{"id":1}', '{"id":2}']);
  expect(await lab.rows('stg_users', 'id')).toEqual(['{"id":1}', '{"id":2}']);
  expect(await lab.rows('stg_rooms', 'id')).toEqual(['{"id":1}', '{"id":2}']);
});

test.each(targets)(
  'first loads into %s ask together what is open: after they looked, and to catch up',
  async (target) => {
    const lab = await openChat(target);
    asked.times = 0;
    await lab.runWell();
    expect(asked.times).toBe(2);
  },
);

test.each(targets)('a row changed since its first load into %s is there once, as it was last', async (target) => {
  const lab = await openChat(target);
  await lab.oltp.query('insert into users values (5, now(6)), (6, now(6))');
  afterRows.set('users', async () => {
    await lab.oltp.query('update messages set room_id = null, updated_at = now(6) where id = 1');
    await lab.oltp.query('insert into messages values (7, 5, 1, now(6))');
    await lab.oltp.query(`update users set updated_at = '2100-01-01' where id = 6`);
  });
  const { steps } = await lab.runWell();
  expect(steps.find(({ step }) => step === 'stg_messages')).toMatchObject({ rowsInserted: 2, rowsUpdated: 0 });
  expect(await lab.rows('stg_messages', 'id, user_id, room_id')).toEqual([
    '{"id":1,"user_id":1,"room_id":null}',
    '{"id":7,"user_id":5,"room_id":1}',
  ]);
  expect(await lab.rows('stg_users', 'id')).toEqual(['{"id":1}', '{"id":5}', '{"id":6}']);
  expect((await lab.rows('stg_users', 'id, updated_at')).at(-1)).toMatch(/"id":6.*2100-01-01/);
});

/** In one transaction a message goes, and what it points at. */
async function leave({ oltp }: Lab, id: number): Promise<void> {
  await oltp.query('begin');
  for (const table of ['messages', 'rooms', 'users']) await oltp.query(`delete from ${table} where id = ${id}`);
  await oltp.query('commit');
}

test.each(targets)('a row deleted since its first load into %s leaves with what it pointed at', async (target) => {
  const lab = await openChat(target, ', deletes: detect');
  for (const id of [3, 4, 5, 6]) await arrive(lab, id);
  await lab.oltp.query('delete from messages where id = 4');
  afterRows.set('users', () => arrive(lab, 2));
  afterRows.set('messages', async () => {
    for (const id of [2, 3]) await leave(lab, id);
    await lab.oltp.query('update messages set room_id = 1, updated_at = now(6) where id = 5');
  });
  const { steps } = await lab.runWell();
  expect(steps.find(({ step }) => step === 'stg_messages')).toMatchObject({ rowsInserted: 3, rowsDeleted: 0 });
  expect(await lab.rows('stg_messages', 'id, room_id')).toEqual([
    '{"id":1,"room_id":1}',
    '{"id":5,"room_id":1}',
    '{"id":6,"room_id":6}',
  ]);
  expect(await lab.rows('stg_users', 'id')).toEqual(['{"id":1}', '{"id":4}', '{"id":5}', '{"id":6}']);
  expect(await lab.rows('stg_rooms', 'id')).toEqual(await lab.rows('stg_users', 'id'));
});

test('a delete that had been done and not committed when a first load began is seen too', async () => {
  const lab = await openChat('duckdb', ', deletes: detect');
  await arrive(lab, 2);
  const other = await createConnection(lab.oltp.options);
  onTestFinished(() => other.end());
  await other.query('begin');
  for (const table of ['messages', 'rooms', 'users']) await other.query(`delete from ${table} where id = 2`);
  afterRows.set('messages', () => other.query('commit'));
  await lab.runWell();
  expect(await lab.rows('stg_messages', 'id')).toEqual(['{"id":1}']);
});

test.each(targets)(
  'a row of before the retention that leaves during a first load into %s was purged and stays',
  async (target) => {
    const lab = await openChat(target, ', deletes: detect, retention: { column: updated_at, after: 30d }');
    await lab.oltp.query(`insert into users values (8, '2020-01-01'), (9, now(6))`);
    await lab.oltp.query(`insert into messages values (8, 8, 1, '2020-01-01'), (9, 9, 1, now(6))`);
    afterRows.set('messages', async () => {
      for (const table of ['messages', 'users']) await lab.oltp.query(`delete from ${table} where id in (8, 9)`);
    });
    await lab.runWell();
    for (const table of ['stg_messages', 'stg_users']) {
      expect(await lab.rows(table, 'id')).toEqual(['{"id":1}', '{"id":8}']);
    }
  },
);

test.each(targets)(
  'an incremental read into %s is of one snapshot: what comes meanwhile waits, whole',
  async (target) => {
    const lab = await openChat(target);
    await lab.runWell();
    await arrive(lab, 2);
    afterRows.set('users', () => arrive(lab, 3));
    await lab.runWell();
    expect(await lab.rows('stg_users', 'id')).toEqual(['{"id":1}', '{"id":2}']);
    expect(await lab.rows('stg_messages', 'id')).toEqual(['{"id":1}', '{"id":2}']);
    await lab.runWell();
    expect(await lab.rows('stg_messages', 'id')).toEqual(['{"id":1}', '{"id":2}', '{"id":3}']);
  },
);

test.each(targets)(
  'a table altered between its first load into %s and the catch-up is read again, with its new column',
  async (target) => {
    const lab = await openChat(target);
    afterRows.set('messages', () =>
      lab.oltp.query(`alter table users add column mood varchar(9) not null default 'calm'`),
    );
    await lab.runWell();
    expect(await lab.rows('stg_users', 'id, mood')).toEqual(['{"id":1,"mood":"calm"}']);
  },
);

/** Writes, until told to stop, transactions that bring a user, a room and their message, or take all three away. */
async function writeTogether({ oltp }: Lab, first: number, isEnough: () => boolean): Promise<number> {
  const connection = await createConnection(oltp.options);
  let written = 0;
  for (let id = first; !isEnough(); id += 1) {
    await connection.query('begin');
    await connection.query('insert into users values (?, now(6))', [id]);
    await connection.query('insert into rooms values (?)', [id]);
    await connection.query('insert into messages values (?, ?, ?, now(6))', [id, id, id]);
    if (id % 3 === 0) {
      for (const table of ['messages', 'rooms', 'users']) {
        await connection.query(`delete from ${table} where id = ?`, [id - 2]);
      }
    }
    await connection.query('commit');
    written += 1;
  }
  await connection.end();
  return written;
}

test.each(targets)(
  'relationships into %s hold in every run, the first too, while rows are written and deleted together with what they point at',
  async (target) => {
    const lab = await openChat(target, ', deletes: detect');
    let runs = 0;
    const isEnough = () => runs >= 6;
    const writing = Promise.all([1, 2, 3, 4].map((writer) => writeTogether(lab, writer * 1_000_000, isEnough)));
    const loading = (async () => {
      try {
        for (; runs < 6; runs += 1) await lab.runWell({ detect: ['stg_users', 'stg_messages'] });
      } finally {
        runs = 6;
      }
    })();
    const [written] = await Promise.all([writing, loading]);
    expect(Math.min(...written)).toBeGreaterThan(5);
    await lab.runWell({ detect: ['stg_users', 'stg_messages'] });
    const there = await lab.oltp.query('select id from messages');
    expect(await lab.rows('fact_message', 'message_id as id')).toEqual(there.map((row) => JSON.stringify(row)).sort());
  },
);
