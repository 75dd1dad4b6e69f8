import { once } from 'node:events';
import { expect, test } from 'vitest';
import { me, openLab } from './warehouse-lab.js';

/** No process has this number: Linux counts to 4,194,304. */
const noProcess = 99_999_999;

test('a second run is refused and told who holds the warehouse, until it is released', async () => {
  const lab = await openLab();
  const other = await lab.open();
  const lease = await lab.warehouse.acquire(me('41'));
  await expect(other.acquire(me('42'))).rejects.toMatchObject({
    code: 'WAREHOUSE_LOCKED',
    message: `run 41 holds the warehouse since 2024-03-01 10:00:00.000000 (process ${process.pid} on here)`,
  });
  await lease.release();
  await (await other.acquire(me('42'))).release();
});

test('of many that come at once one gets the lease', async () => {
  const lab = await openLab();
  const rivals = await Promise.all(Array.from({ length: 5 }, () => lab.open()));
  const taken = await Promise.allSettled(rivals.map((warehouse, index) => warehouse.acquire(me(String(index)))));
  expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of taken) {
    if (result.status === 'fulfilled') await result.value.release();
    else expect(result.reason).toMatchObject({ code: 'WAREHOUSE_LOCKED' });
  }
});

test('a run whose process is gone from this host is followed at once, and what it left open is undone', async () => {
  const lab = await openLab();
  await lab.database.query('create table t (id int primary key)');
  const dead = await lab.warehouse.acquire({ ...me('41'), pid: noProcess });
  const session = await lab.session();
  await session.begin();
  await session.execute('insert into t values (1)');
  const lease = await (await lab.open()).acquire(me('42'));
  await expect(session.commit()).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN' });
  expect(await lab.database.query('select * from t')).toEqual([]);
  await lease.release();
  await dead.release();
});

test('a run on another host is followed when its heartbeat is too old by the server’s clock, and not before', async () => {
  const lab = await openLab();
  const other = await lab.open();
  await lab.warehouse.acquire({ ...me('41'), host: 'there', pid: noProcess });
  await expect(other.acquire(me('42'))).rejects.toMatchObject({ code: 'WAREHOUSE_LOCKED' });
  await lab.database.query('update etl_lease set heartbeat_at = utc_timestamp(6) - interval 31 second');
  await (await other.acquire(me('42'))).release();
});

test('numbers of connections from before a restart of the server are left alone', async () => {
  const lab = await openLab();
  await lab.warehouse.acquire({ ...me('41'), pid: noProcess });
  const session = await lab.session();
  await lab.database.query('update etl_lease set server_started = server_started - 3600');
  const lease = await (await lab.open()).acquire(me('42'));
  expect(await session.query('select 1 as alive')).toEqual([{ alive: 1 }]);
  await lease.release();
});

test('a run that was paused past its lease cannot commit, even where its connections were not killed', async () => {
  const lab = await openLab();
  const paused = await lab.warehouse.acquire({ ...me('41'), host: 'there' });
  const session = await lab.session();
  await session.begin();
  await lab.database.query(
    `update etl_lease set heartbeat_at = utc_timestamp(6) - interval 1 hour, connection_ids = ''`,
  );
  const lease = await (await lab.open()).acquire(me('42'));
  await expect(paused.assertHeld(session)).rejects.toMatchObject({ code: 'LEASE_LOST' });
  expect(paused.lost.aborted).toBe(true);
  await session.rollback();
  await paused.release();
  const [row] = await lab.database.query('select run_id from etl_lease');
  expect(row).toEqual({ run_id: '42' });
  await lease.release();
});

test('between the check of the token and the commit nobody can take the lease', async () => {
  const lab = await openLab();
  const lease = await lab.warehouse.acquire({ ...me('41'), host: 'there' });
  const session = await lab.session();
  await session.begin();
  await lease.assertHeld(session);
  await lab.database.query('set innodb_lock_wait_timeout = 1');
  await expect(lab.database.query('update etl_lease set token = token + 1')).rejects.toThrow(/[Ll]ock wait timeout/);
  await session.commit();
  await lease.assertHeld(session);
  await lease.release();
});

test('a heartbeat that waits for the data transaction does not hold it up', async () => {
  const lab = await openLab();
  const lease = await lab.warehouse.acquire(me('41'));
  const session = await lab.session();
  await session.begin();
  await lease.assertHeld(session);
  // It tells the connections, and waits for the row.
  const opening = Promise.all([lab.session(), lab.session(), lab.session()]);
  await expect.poll(() => lab.database.query(waitingHeartbeats)).toHaveLength(1);
  await lease.assertHeld(session);
  await session.commit();
  await opening;
  await lease.release();
});

const waitingHeartbeats = `select id from information_schema.processlist where db = database() and id <> connection_id() and info like '%update etl_lease set heartbeat_at%'`;

test('the heartbeat goes on by itself, tells the open connections and sees that the lease is lost', async () => {
  const lab = await openLab(150);
  const lease = await lab.warehouse.acquire(me('41'));
  const session = await lab.session();
  const [connection] = await session.query('select connection_id() as id');
  const [row] = await lab.database.query('select connection_ids, heartbeat_at from etl_lease');
  expect(row?.connection_ids).toBe(String(connection?.id));
  await expect
    .poll(async () => (await lab.database.query('select heartbeat_at from etl_lease'))[0]?.heartbeat_at)
    .not.toBe(row?.heartbeat_at);
  expect(lease.lost.aborted).toBe(false);
  const lost = once(lease.lost, 'abort');
  await lab.database.query('update etl_lease set token = token + 1');
  await lost;
  expect(lease.lost.reason).toMatchObject({ code: 'LEASE_LOST' });
  await lease.release();
});

test('a heartbeat whose connection breaks goes on over a new one', async () => {
  const lab = await openLab(300);
  const lease = await lab.warehouse.acquire(me('41'));
  const connections = await lab.database.query(
    'select id from information_schema.processlist where db = database() and id <> connection_id()',
  );
  for (const { id } of connections) await lab.database.query(`kill ${String(id)}`);
  const [before] = await lab.database.query('select heartbeat_at from etl_lease');
  await expect
    .poll(async () => (await lab.database.query('select heartbeat_at from etl_lease'))[0]?.heartbeat_at)
    .not.toBe(before?.heartbeat_at);
  expect(lease.lost.aborted).toBe(false);
  await lease.release();
});
