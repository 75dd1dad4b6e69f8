/** A real replica as the source: what is open on its primary, and how far it is behind. */
import { createConnection } from 'mysql2/promise';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine, SourceDatabase } from '../../src/engines/contract.js';
import { openSource } from '../../src/engines/mysql/source.js';
import type { Cell } from '../../src/engines/types.js';
import { extractSource } from '../../src/extract/extract.js';
import type { WatermarkRecord } from '../../src/extract/watermark.js';
import { type OwnServer, ownServerBinary, startOwnServer } from '../servers/own-server.js';
import { isMariadb, type Replicated, replication, startReplicated } from '../servers/replicated.js';
import { requestInto, sourceOf } from './sources.js';

const cursor = { column: 'updated_at', unit: 'timestamp', timezone: 'UTC' } as const;
const insertNow = 'insert into olap.messages (updated_at) values (now(6))';

const loginTo = ({ port }: OwnServer) => ({ host: '127.0.0.1', port, user: 'root', password: '', database: 'olap' });

describe.skipIf(ownServerBinary === undefined)('a replica', () => {
  let primary: OwnServer;
  let replica: OwnServer;

  let caughtUp: Replicated['caughtUp'];
  let holdBack: Replicated['holdBack'];

  beforeAll(async () => {
    ({ primary, replica, caughtUp, holdBack } = await startReplicated());
    await primary.query(
      'create database olap',
      'create table olap.messages (id bigint unsigned primary key auto_increment, updated_at datetime(6) not null, key (updated_at, id))',
      insertNow,
    );
    await caughtUp();
  }, 120_000);

  function open(changes: Readonly<Record<string, unknown>> = {}, timeoutMs = 30_000): Promise<SourceDatabase> {
    const connection = { name: 'oltp', type: 'mysql', root: '/', options: { ...loginTo(replica), ...changes } };
    return openSource(connection, { timeoutMs, label: 'chat-etl test' }, {} as Engine);
  }

  /** Reads again and again, each time from the mark of the last. */
  function reader(database: SourceDatabase, lookback = 0) {
    const staging = new Map<string, readonly Cell[]>();
    const records: WatermarkRecord[] = [];
    const read = async () => {
      const where = { path: 'pipelines/test.yaml', line: 1, column: 1 };
      const source = sourceOf('messages', cursor, { incremental: { cursor, lookback, nullCursor: 'include', where } });
      const extracted = await extractSource({ ...requestInto(staging), source, database, records });
      if (extracted.record !== undefined) records.push(extracted.record);
      return extracted;
    };
    return { staging, read };
  }

  test('with its primary named, a row stamped before a read and committed there after it is not lost', async () => {
    const database = await open({ watermark_from: loginTo(primary) });
    const { staging, read } = reader(database);
    expect((await read()).open?.protection).toBe('transactions');
    const late = await createConnection({ host: '127.0.0.1', port: primary.port, user: 'root' });
    await late.query('begin');
    await late.query(insertNow);
    await primary.query('select sleep(1.1)', insertNow);
    await read();
    await late.query('commit');
    await primary.query('select sleep(1.1)', insertNow);
    await read();
    late.destroy();
    await database.close();
    const [rows] = await primary.query('select count(*) as n from olap.messages');
    expect(staging.size).toBe(rows?.n);
    expect(staging.size).toBe(4);
  });

  test('where the server that is named keeps no GTIDs, the lookback alone protects', async () => {
    const other = await startOwnServer();
    await other.query('create database olap');
    const database = await open({ watermark_from: loginTo(other) });
    expect(await database.openWork()).toMatchObject({ protection: 'lookback', isLate: true });
    await database.close();
  });

  test('where the replica does not catch up within half the bound on a statement, the lookback and the lag protect', async () => {
    const held = await holdBack(1);
    const database = await open({ watermark_from: loginTo(primary) }, 3_000);
    const listed = await database.openWork();
    await held.release();
    expect(listed).toMatchObject({ protection: 'lookback', isLate: true, lagSeconds: expect.any(Number) });
    expect(listed.lagSeconds).toBeGreaterThanOrEqual(1);
    await caughtUp();
    const listedLater = await database.openWork();
    expect([listedLater.protection, listedLater.isLate]).toEqual(['transactions', undefined]);
    await database.close();
  });

  test('without it the lookback alone protects, and the lag that the replica tells is known', async () => {
    await replica.query(...replication.fallBehind);
    await primary.query(insertNow, 'select sleep(2)');
    const database = await open();
    // It tells its lag once it has received what it does not apply yet.
    const lagging = async () => {
      for (;;) {
        const open = await database.openWork();
        if ((open.lagSeconds ?? 0) > 0) return open;
      }
    };
    const listed = await lagging();
    expect(listed).toMatchObject({ protection: 'lookback', lagSeconds: expect.any(Number) });
    expect(listed.lagSeconds).toBeGreaterThanOrEqual(1);
    expect((await database.load?.())?.lagSeconds).toBeGreaterThanOrEqual(1);
    await database.close();
  });

  test('one whose replication stands still, or that lets nobody write, is one too', async () => {
    const protection = async () => {
      const database = await open();
      const { protection } = await database.openWork();
      await database.close();
      return protection;
    };
    await replica.query(replication.stop);
    expect(await protection()).toBe('lookback');
    await replica.query(replication.forget, 'set global read_only = 1');
    expect(await protection()).toBe('lookback');
    await replica.query('set global read_only = 0');
    expect(await protection()).toBe('transactions');
  });

  test('is another server than its primary, by the id that the journal keeps', async () => {
    const ids = [await open(), await open(loginTo(primary)), await open()].map(async (database) => {
      await database.close();
      return database.serverId;
    });
    const [ours, theirs, again] = await Promise.all(ids);
    expect([ours === again, ours === theirs]).toEqual([true, false]);
  });

  // It stands last: the servers keep none from here on. On MariaDB they always do.
  test.skipIf(isMariadb)('where both have given up GTIDs, those they have kept count for nothing', async () => {
    await replica.query(...replication.follow(primary.port));
    await caughtUp();
    await replica.query(replication.stop);
    const [position] = await primary.query('show binary log status');
    for (const mode of ['on_permissive', 'off_permissive']) {
      for (const server of [primary, replica]) await server.query(`set global gtid_mode = ${mode}`);
    }
    await replica.query(
      `change replication source to source_host = '127.0.0.1', source_port = ${primary.port}, source_user = 'root', source_auto_position = 0, source_log_file = '${position?.File}', source_log_pos = ${position?.Position}, get_source_public_key = 1`,
      'start replica',
    );
    const arrived = async () => {
      const count = 'select count(*) as n from olap.messages';
      const [[there], [here]] = await Promise.all([primary.query(count), replica.query(count)]);
      return there?.n === here?.n;
    };
    const database = await open({ watermark_from: loginTo(primary) });
    const { staging, read } = reader(database, 60_000);
    const late = await createConnection({ host: '127.0.0.1', port: primary.port, user: 'root' });
    await late.query('begin');
    await late.query(insertNow);
    await primary.query('select sleep(1.1)', insertNow);
    while (!(await arrived())) await replica.query('select sleep(0.1)');
    expect((await read()).open?.protection).toBe('lookback');
    await late.query('commit');
    while (!(await arrived())) await replica.query('select sleep(0.1)');
    await read();
    late.destroy();
    await database.close();
    const [rows] = await primary.query('select count(*) as n from olap.messages');
    expect(staging.size).toBe(rows?.n);
    for (const server of [primary, replica]) await server.query('set global gtid_mode = off');
    const without = await open({ watermark_from: loginTo(primary) });
    expect((await without.openWork()).protection).toBe('lookback');
    await without.close();
  });
});
