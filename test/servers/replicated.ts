/** A primary and its replica, both a test's own. */
import { createConnection } from 'mysql2/promise';
import { expect } from 'vitest';
import { type OwnServer, ownServerBinary, startOwnServer } from './own-server.js';

export const isMariadb = ownServerBinary?.includes('mariadbd') === true;

/** How each server says what a replica does. */
export const replication = isMariadb
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
      lag: 'Seconds_Behind_Master',
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
      lag: 'Seconds_Behind_Source',
      stop: 'stop replica',
      forget: 'reset replica all',
    };

export interface Replicated {
  readonly primary: OwnServer;
  readonly replica: OwnServer;
  /** Until the replica has applied what the primary has committed. */
  caughtUp(): Promise<void>;
  /** Keeps the replica from applying anything; returns once it says that it is `seconds` behind. */
  holdBack(seconds: number): Promise<HeldBack>;
}

export interface HeldBack {
  /** As the replica says. */
  lagSeconds(): Promise<number>;
  release(): Promise<void>;
}

/** Both end after the tests of the file. Takes a few seconds. */
export async function startReplicated(): Promise<Replicated> {
  const settings = (id: number) => [`--server-id=${id}`, '--log-bin=binlog', ...replication.settings];
  const primary = await startOwnServer({ settings: settings(1) });
  const replica = await startOwnServer({ settings: settings(2) });
  await replica.query(...replication.follow(primary.port));
  const caughtUp = async () => {
    const [position] = await primary.query(replication.position);
    const [waited] = await replica.query(replication.waitFor(String(position?.at)));
    const [status] = await replica.query(replication.status);
    expect([waited?.late, status?.Last_IO_Error, status?.Last_SQL_Error]).toEqual([0, '', '']);
  };
  await primary.query('create database held', 'create table held.back (id int primary key auto_increment)');
  await caughtUp();
  const lagSeconds = async () => Number((await replica.query(replication.status))[0]?.[replication.lag]);
  const holdBack = async (seconds: number) => {
    const holder = await createConnection({ host: '127.0.0.1', port: replica.port, user: 'root' });
    await holder.query('lock tables held.back write');
    await primary.query('insert into held.back values ()');
    while (!((await lagSeconds()) >= seconds)) await replica.query('select sleep(0.1)');
    return {
      lagSeconds,
      release: async () => holder.destroy(),
    };
  };
  return { primary, replica, caughtUp, holdBack };
}
