import { expect, test } from 'vitest';
import { executePatiently } from '../../../src/engines/mysql/patience.js';
import { openLab } from './warehouse-lab.js';

test('a definition that cannot be changed in time says which connection is in the way', async () => {
  const lab = await openLab();
  const session = await lab.session();
  await lab.database.query('create table fact (v int)');
  await lab.database.query('create table fact__new (v int)');
  await lab.database.query('insert into fact values (1)');
  const [reader] = await lab.database.query('select connection_id() as id');
  await lab.database.query('start transaction');
  await lab.database.query('select * from fact for update');
  const swap = 'rename table fact to fact__old, fact__new to fact';
  await expect(
    executePatiently(session, swap, ['fact'], { waitSeconds: 1, attempts: 2, pauseMs: 1 }),
  ).rejects.toMatchObject({
    code: 'LOCK_TIMEOUT',
    retryable: false,
    message: expect.stringMatching(
      new RegExp(`^fact cannot be swapped in: (probably )?connection ${String(reader?.id)} \\(.*idle in a transaction`),
    ),
  });
  await lab.database.query('commit');
  expect(await session.query('select @@lock_wait_timeout as seconds')).toEqual([{ seconds: 30 }]);
});
