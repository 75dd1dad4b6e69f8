/** A real replica as the source: what is open on its primary, and how far it is behind. */
import { createConnection } from 'mysql2/promise';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine, SourceDatabase } from '../../src/engines/contract.js';
import { openSource } from '../../src/engines/mysql/source.js';
import type { Cell } from '../../src/engines/types.js';
import { extractSource } from '../../src/extract/extract.js';
import type { WatermarkRecord } from '../../src/extract/watermark.js';
import { type OwnServer, ownServerBinary, startOwnServer } from '../servers/own-server.js';
import { requestInto, sourceOf } from './sources.js';

const cursor = { column: 'updated_at', unit: 'timestamp', timezone: 'UTC' } as const;
const insertNow = 'insert into olap.messages (updated_at) values (now(6))';

const loginTo = ({ port }: OwnServer) => ({ host: '127.0.0.1', port, user: 'root', password: '', database: 'olap' });

/** How each server says what a replica does. */
const words = ownServerBinary?.includes('mariadbd')
  ? {
      settings: ['--log-slave-updates=1', '--gtid-strict-mode=0'],
      follow: (port: number) => [
        `set global gtid_slave_pos = ''`,
        `change master to master_host = '127.0.0.1', master_port = ${port}, master_user = 'root', master_use_gtid = slave_pos`,
        'start slave',
      ],
      fallBehind: ['stop slave', 'change master to master_delay = 600', 'start slave'],
      position: 'select @@global.gtid_binlog_pos as at',
      waitFor: (position: string) => `select master_gtid_wait('${position}', 20) as late`,
      status: 'show slave status',
      stop: 'stop slave',
      forget: 'reset slave all',
    }
  : {
      settings: ['--gtid-mode=on', '--enforce-gtid-consistency=on'],
      follow: (port: number) => [
        `change replication source to source_host = '127.0.0.1', source_port = ${port}, source_user = 'root', source_auto_position = 1, get_source_public_key = 1`,
        'start replica',
      ],
      fallBehind: ['stop replica', 'change replication source to source_delay = 600', 'start replica'],
      position: 'select @@global.gtid_executed as at',
      waitFor: (position: string) => `select wait_for_executed_gtid_set('${position}', 20) as late`,
      status: 'show replica status',
      stop: 'stop replica',
      forget: 'reset replica all',
    };

describe.skipIf(ownServerBinary === undefined)('a replica', () => {
  let primary: OwnServer;
  let replica: OwnServer;

  beforeAll(async () => {
    const binlog = (id: number) => [`--server-id=${id}`, '--log-bin=binlog', ...words.settings];
    primary = await startOwnServer({ settings: binlog(1) });
    replica = await startOwnServer({ settings: binlog(2) });
    await primary.query(
      'create database olap',
      'create table olap.messages (id bigint unsigned primary key auto_increment, updated_at datetime(6) not null, key (updated_at, id))',
      insertNow,
    );
    await replica.query(...words.follow(primary.port));
    await caughtUp();
  }, 120_000);

  async function caughtUp(): Promise<void> {
    const [position] = await primary.query(words.position);
    const [waited] = await replica.query(words.waitFor(String(position?.at)));
    const [status] = await replica.query(words.status);
    expect([waited?.late, status?.Last_IO_Error, status?.Last_SQL_Error]).toEqual([0, '', '']);
  }

  function open(changes: Readonly<Record<string, unknown>> = {}): Promise<SourceDatabase> {
    const connection = { name: 'oltp', type: 'mysql', root: '/', options: { ...loginTo(replica), ...changes } };
    return openSource(connection, { timeoutMs: 30_000, label: 'chat-etl test' }, {} as Engine);
  }

  test('with its primary named, a row stamped before a read and committed there after it is not lost', async () => {
    const database = await open({ watermark_from: loginTo(primary) });
    const staging = new Map<string, readonly Cell[]>();
    const records: WatermarkRecord[] = [];
    const read = async () => {
      const source = sourceOf('messages', cursor);
      const extracted = await extractSource({ ...requestInto(staging), source, database, records });
      if (extracted.record !== undefined) records.push(extracted.record);
      return extracted;
    };
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

  test('without it the lookback alone protects, and the lag that the replica tells is known', async () => {
    await replica.query(...words.fallBehind);
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
    await replica.query(words.stop);
    expect(await protection()).toBe('lookback');
    await replica.query(words.forget, 'set global read_only = 1');
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
});
