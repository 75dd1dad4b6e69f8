import { expect, test } from 'vitest';
import { freshDatabase } from './database.js';

test('every test gets an empty database of its own that is gone after drop', async () => {
  const [first, second] = await Promise.all([freshDatabase('server'), freshDatabase('server')]);
  expect(first.database).not.toBe(second.database);
  await first.query('create table t (id bigint unsigned, at datetime(6), amount decimal(30, 10), body text)');
  await first.query('insert into t values (?, ?, ?, ?)', [
    '18446744073709551615',
    '2024-02-29 12:00:00.123456',
    '1.10',
    '👍',
  ]);
  expect(await second.query('show tables')).toEqual([]);
  expect(await first.query('select * from t')).toEqual([
    { id: '18446744073709551615', at: '2024-02-29 12:00:00.123456', amount: '1.1000000000', body: '👍' },
  ]);
  await first.drop();
  expect(
    await second.query('select 1 from information_schema.schemata where schema_name = ?', [first.database]),
  ).toEqual([]);
  await second.drop();
});
