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

/** The words for replication differ; MariaDB's are what is installed where these tests run. */
describe.skipIf(!ownServerBinary?.includes('mariadbd'))('a replica', () => {
  let primary: OwnServer;
  let replica: OwnServer;

  beforeAll(async () => {
    const binlog = (id: number) => [
      `--server-id=${id}`,
      '--log-bin=binlog',
      '--log-slave-updates=1',
      '--gtid-strict-mode=0',
    ];
    primary = await startOwnServer({ settings: binlog(1) });
    replica = await startOwnServer({ settings: binlog(2) });
    await primary.query(
      'create database olap',
      'create table olap.messages (id bigint unsigned primary key auto_increment, updated_at datetime(6) not null, key (updated_at, id))',
      insertNow,
    );
    await replica.query(
      `set global gtid_slave_pos = ''`,
      `change master to master_host = '127.0.0.1', master_port = ${primary.port}, master_user = 'root', master_use_gtid = slave_pos`,
      'start slave',
    );
    await caughtUp();
  }, 120_000);

  async function caughtUp(): Promise<void> {
    const [position] = await primary.query('select @@global.gtid_binlog_pos as at');
    const [waited] = await replica.query(`select master_gtid_wait('${String(position?.at)}', 20) as late`);
    const [status] = await replica.query('show slave status');
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
    await replica.query('stop slave', 'change master to master_delay = 600', 'start slave');
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
});
