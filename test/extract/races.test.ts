/** The two races of design 4.1 on a real server, step by step; and transactions left open. */
import { expect, test } from 'vitest';
import type { CursorDefinition, SourceDatabase } from '../../src/engines/contract.js';
import type { Cell } from '../../src/engines/types.js';
import { extractSource } from '../../src/extract/extract.js';
import type { WatermarkRecord } from '../../src/extract/watermark.js';
import { type MysqlSource, mysqlSource, untilWaiting } from './mysql-source.js';
import { requestInto, sourceOf } from './sources.js';

const byTime: CursorDefinition = { column: 'updated_at', unit: 'timestamp', timezone: 'UTC' };
const byId: CursorDefinition = { column: 'id', unit: 'id', timezone: 'UTC' };

/** Reads of one table, one after the other, merged into one staging. */
function reader(database: SourceDatabase, cursor: CursorDefinition) {
  const staging = new Map<string, readonly Cell[]>();
  const records: WatermarkRecord[] = [];
  return {
    staging,
    records,
    async read(step: Partial<SourceDatabase> = {}) {
      const source = sourceOf('messages', cursor);
      const extracted = await extractSource({
        ...requestInto(staging),
        source,
        database: { ...database, ...step },
        records,
      });
      if (extracted.record !== undefined) records.push(extracted.record);
      return extracted;
    },
  };
}

async function expectEqual({ server }: MysqlSource, staging: ReadonlyMap<string, readonly Cell[]>): Promise<void> {
  const rows = await server.query(
    'select cast(id as char) as id, cast(updated_at as char) as updated_at from messages m order by m.id',
  );
  const staged = [...staging.values()].map(([id, updated_at]) => ({ id, updated_at }));
  expect(staged.sort((left, right) => Number(left.id) - Number(right.id))).toEqual(rows);
}

const messages =
  'create table messages (id bigint unsigned primary key auto_increment, updated_at datetime(6) not null, key (updated_at, id))';
const insertNow = 'insert into messages (updated_at) values (now(6))';
/** The clocks of server and listings are cut to seconds: what must not be in the same second waits for the next. */
const nextSecond = 'select sleep(1.1)';

test.each([
  ['time', byTime],
  ['id', byId],
])('a transaction that begins between the listing and the snapshot is not lost (cursor: %s)', async (_name, cursor) => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await server.query(messages);
  await server.query(insertNow);
  const late = await source.foreign();
  const { read, staging } = reader(database, cursor);
  await read();

  await read({
    openWork: async () => {
      const open = await database.openWork();
      await server.query(nextSecond);
      await late.query('begin');
      await late.query(insertNow);
      await server.query(insertNow);
      return open;
    },
  });
  await read();
  await late.query('commit');
  await read();
  await expectEqual(source, staging);
});

/** Somebody holds a table that a second statement needs after it has stamped its row of `messages`. */
async function stampedAndWaiting(source: MysqlSource) {
  const { server } = source;
  await server.query(messages);
  await server.query('create table counters (id int primary key, n int)');
  await server.query('insert into counters values (1, 0)');
  await server.query(insertNow);
  const holder = await source.foreign();
  const late = await source.foreign();
  await holder.query('lock tables counters read');
  await late.query('begin');
  const waiting = late.query('update messages m join counters c set m.updated_at = now(6), c.n = 1 where m.id = 1');
  await untilWaiting(server, 'update messages m');
  await server.query(nextSecond);
  await server.query(nextSecond);
  await server.query(insertNow);
  return {
    late,
    release: async () => {
      await holder.query('unlock tables');
      await waiting;
    },
  };
}

test('a statement that stamped its row and waits for a lock is not lost', async () => {
  await using source = await mysqlSource();
  const { late, release } = await stampedAndWaiting(source);
  const { read, staging } = reader(source.database, byTime);
  await read();
  await read();
  await release();
  await late.query('commit');
  await read();
  await expectEqual(source, staging);
});

test('nor is it when its transaction, once it got the lock, looks younger than its stamp', async () => {
  await using source = await mysqlSource();
  const { late, release } = await stampedAndWaiting(source);
  const { read, staging } = reader(source.database, byTime);
  await read();
  await source.server.query(nextSecond);
  await release();
  await read();
  await late.query('commit');
  await read();
  await expectEqual(source, staging);
});

test('nor is it where that happens between the look ahead of a first read and its listing', async () => {
  await using source = await mysqlSource();
  const { database, server } = source;
  const { late, release } = await stampedAndWaiting(source);
  const { read, staging } = reader(database, byTime);
  await read({
    openWork: async () => {
      await server.query(nextSecond);
      await release();
      return database.openWork();
    },
  });
  await late.query('commit');
  await read();
  await expectEqual(source, staging);
});

test('a transaction left open does not stop the loading, and is named', async () => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await server.query(messages);
  await server.query(insertNow);
  const { read, staging, records } = reader(database, byTime);
  await read();
  const left = await source.foreign();
  await left.query('begin');
  await left.query(insertNow);
  for (let round = 0; round < 3; round++) {
    await server.query(insertNow);
    await read();
  }
  expect(staging.size).toBe(4);
  // Other tests share the server, and an older transaction of theirs may be the one that is named.
  expect(records.at(-1)?.heldBy).toMatch(/^(transaction \d+ of )?connection \d+, open for \d+ s/);
  await left.query('commit');
  await read();
  await expectEqual(source, staging);
});

test('of a login without PROCESS it is known that its lookback alone protects', async () => {
  await using source = await mysqlSource();
  const { server } = source;
  await server.query(messages);
  await server.query(insertNow);
  const user = `u${server.database.slice(-10)}`;
  await server.query(`create user ${user}@'%' identified by 'Pa55"word'`);
  try {
    await server.query(`grant select on ${server.database}.* to ${user}@'%'`);
    await using limited = await mysqlSource({ user, password: 'Pa55"word', database: server.database });
    expect((await limited.database.openWork()).protection).toBe('lookback');
    const { open } = await reader(limited.database, byTime).read();
    expect(open?.protection).toBe('lookback');
  } finally {
    await server.query(`drop user ${user}@'%'`);
  }
});

test('writers that commit late lose nothing, over many reads', async () => {
  await using source = await mysqlSource();
  await source.server.query(messages);
  const { read, staging } = reader(source.database, byTime);
  const writers = await Promise.all(Array.from({ length: 6 }, () => source.foreign()));
  let writing = writers.length;
  const work = writers.map(async (writer, at) => {
    for (let round = 0; round < 12; round++) {
      await writer.query('begin');
      await writer.query(insertNow);
      await writer.query(`select sleep(${(at % 3) * 0.15})`);
      await writer.query('update messages set updated_at = now(6) where id = last_insert_id()');
      await writer.query(at % 4 === 3 ? 'rollback' : 'commit');
    }
    writing--;
  });
  while (writing > 0) await read();
  await Promise.all(work);
  await read();
  await expectEqual(source, staging);
});
