import { expect, test } from 'vitest';
import { assessOpenWork, type OpenTransaction, type Process } from '../../../src/engines/mysql/open-work.js';
import { mysqlSource } from '../../extract/mysql-source.js';

const now = '2026-01-01 12:00:00.500000';
const process = (changes: Partial<Process>): Process => ({
  id: '7',
  user: 'app',
  command: 'Query',
  seconds: 0,
  state: 'init',
  text: 'insert into messages values (1)',
  ...changes,
});
const transaction = (changes: Partial<OpenTransaction>): OpenTransaction => ({
  id: '421',
  connectionId: '7',
  startedAt: '2026-01-01 11:59:30.000000',
  readOnly: false,
  state: 'running',
  ...changes,
});

test('where nothing is open the horizon is now', () => {
  expect(assessOpenWork(now, [process({ command: 'Sleep' })], [], new Set())).toEqual({
    horizon: now,
    oldest: undefined,
    protection: 'transactions',
  });
});

test('the oldest transaction is the horizon, and is named with its connection', () => {
  const young = transaction({ id: '422', startedAt: '2026-01-01 11:59:59.000000' });
  expect(assessOpenWork(now, [], [young, transaction({})], new Set())).toMatchObject({
    horizon: '2026-01-01 11:59:30.000000',
    oldest: { id: 'transaction 421 of connection 7', ageSeconds: 30, state: 'running' },
  });
});

test('a statement that is in no transaction yet counts from its start, a second earlier than it says', () => {
  const waiting = process({ seconds: 40, state: 'Waiting for table metadata lock' });
  expect(assessOpenWork(now, [waiting], [], new Set())).toMatchObject({
    horizon: '2026-01-01 11:59:19.500000',
    waitingSince: '2026-01-01 11:59:19.500000',
  });
});

test.each([
  ['a long report', { seconds: 3600, state: 'Sending data', text: 'select count(*) from messages' }, false],
  ['a report that a client commented', { seconds: 3600, state: 'executing', text: '/* bi */ (SELECT 1)' }, false],
  ['a connection on its way out', { command: 'Quit', text: '' }, false],
  ['a read that has just begun, and may call a function that writes', { seconds: 3, text: 'select f()' }, true],
  [
    'a read that waits for the tables of a function',
    { seconds: 900, state: 'Waiting for table metadata lock', text: 'select f()' },
    true,
  ],
  [
    'a write, whatever its state',
    { seconds: 900, state: 'User sleep', text: 'update messages set n = sleep(900)' },
    true,
  ],
  ['a prepared statement', { command: 'Execute', seconds: 900, state: 'Waiting for backup lock' }, true],
  [
    'a replica that reads the binlog',
    { command: 'Binlog Dump GTID', seconds: 900, state: 'Waiting for more updates' },
    false,
  ],
])('%s holds the horizon back or not', (_name, changes, holds) => {
  expect(assessOpenWork(now, [process(changes)], [], new Set()).horizon < now).toBe(holds);
});

test('what is ours or cannot write does not hold the horizon back', () => {
  const own = assessOpenWork(now, [process({ seconds: 90 })], [transaction({})], new Set(['7']));
  expect(own.horizon).toBe(now);
  const reading = assessOpenWork(now, [process({ seconds: 90 })], [transaction({ readOnly: true })], new Set());
  expect(reading.horizon).toBe(now);
});

test('callers at the same moment share a listing, and each is as new as its question', async () => {
  await using source = await mysqlSource();
  const asked = await source.database.clock();
  const lists = await Promise.all(Array.from({ length: 8 }, () => source.database.openWork()));
  expect(lists.every(({ horizon, oldest }) => oldest !== undefined || horizon >= asked)).toBe(true);
});

test('our own transactions, of this and of other connections, are left out', async () => {
  await using source = await mysqlSource();
  const { openConnection, runStatement, closeConnection, identityOf } = await import(
    '../../../src/engines/mysql/connect.js'
  );
  const { parseOptions } = await import('../../../src/engines/mysql/options.js');
  const options = parseOptions({ name: 'x', type: 'mysql', root: '/', options: source.server.options });
  await source.server.query('create table t (id int primary key)');
  const connection = await openConnection(options, { timeoutMs: 10_000, label: '' });
  await runStatement(connection, 'start transaction');
  await runStatement(connection, 'insert into t values (1)');
  const { oldest } = await source.database.openWork();
  expect(oldest?.id ?? '').not.toMatch(new RegExp(`connection ${identityOf(connection).connectionId}$`));
  await closeConnection(connection);
});
