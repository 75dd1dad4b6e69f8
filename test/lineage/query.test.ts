import { afterAll, beforeAll, expect, test } from 'vitest';
import { openParser, type SqlParser } from '../../src/engines/duckdb/parse.js';
import { nameOf } from '../../src/lineage/origins.js';
import { queryLineage } from '../../src/lineage/query.js';
import { emptyScope } from '../../src/lineage/scope.js';
import { statementNodes } from '../../src/pipeline/sql-tree.js';

let parser: SqlParser;
beforeAll(async () => {
  parser = await openParser();
});
afterAll(() => parser.close());

const catalog = new Map([
  ['messages', ['id', 'chat_id', 'user_id', 'sent_at', 'chars']],
  ['users', ['id', 'name', 'is_bot', 'invited_by']],
  ['reactions', ['message_id', 'user_id', 'emoji']],
]);

interface Found {
  readonly columns: Readonly<Record<string, string>>;
  readonly rest: string | undefined;
  readonly uses: string;
}

async function lineageOf(sql: string): Promise<Found> {
  const parsed = await parser.parse(sql);
  const statement = parsed.ok ? statementNodes(parsed.tree)[0] : undefined;
  if (statement === undefined) throw new Error(`not parsed: ${sql}`);
  const { columns, rest, uses } = queryLineage(statement, emptyScope(catalog));
  const text = (places: typeof uses) => places.map(nameOf).join(' ');
  return {
    columns: Object.fromEntries(columns.map(({ name, from }) => [name, text(from)])),
    rest: rest === undefined ? undefined : text(rest),
    uses: text(uses),
  };
}

test.each([
  ['a plain column', 'select id from messages', { id: 'messages.id' }, ''],
  ['an expression', 'select chars + id as x from messages m', { x: 'messages.chars messages.id' }, ''],
  ['a constant and a count come from nothing', 'select 1 as a, count(*) as n from messages', { a: '', n: '' }, ''],
  [
    'names are found in any case',
    'select M.ID, Chars as c from messages m',
    { ID: 'messages.id', c: 'messages.chars' },
    '',
  ],
  [
    'conditions, joins, groups and orders choose rows, and give no value',
    `select u.name, sum(m.chars) as chars from messages m join users u on u.id = m.user_id
     where not u.is_bot group by u.name having max(m.sent_at) > 1 order by min(m.chat_id)`,
    { name: 'users.name', chars: 'messages.chars' },
    'users.id messages.user_id users.is_bot users.name messages.sent_at messages.chat_id',
  ],
  [
    'groups by place',
    'select id, chars, count(*) as n from messages group by 1, 2',
    { id: 'messages.id', chars: 'messages.chars', n: '' },
    'messages.id messages.chars',
  ],
  [
    'group by all takes what is no aggregate',
    'select id, max(chars) as c from messages group by all',
    { id: 'messages.id', c: 'messages.chars' },
    'messages.id',
  ],
  ['distinct', 'select distinct chat_id from messages', { chat_id: 'messages.chat_id' }, 'messages.chat_id'],
  [
    'a common table and its conditions',
    `with a as (select user_id as who, chars from messages where chat_id = 1), b(x, y) as (select who, chars from a)
     select y as z from b`,
    { z: 'messages.chars' },
    'messages.chat_id',
  ],
  [
    'a common table that is called as the table it reads',
    'with messages as (select id as x from messages) select x from messages',
    { x: 'messages.id' },
    '',
  ],
  [
    'a subquery in FROM with names of its own',
    'select s.b from (select id, name from users where is_bot) as s(a, b)',
    { b: 'users.name' },
    'users.is_bot',
  ],
  [
    'a union takes columns by place',
    'select id as a, name as b from users union all select user_id, emoji from reactions',
    { a: 'users.id reactions.user_id', b: 'users.name reactions.emoji' },
    '',
  ],
  [
    'a union without ALL compares what it gives',
    'select id from users union select user_id from reactions',
    { id: 'users.id reactions.user_id' },
    'users.id reactions.user_id',
  ],
  [
    'EXCEPT gives the left, chosen by both',
    'select id from users except select user_id from reactions',
    { id: 'users.id' },
    'users.id reactions.user_id',
  ],
  [
    'union by name',
    'select id as a, name as b from users union all by name select emoji as b, user_id as a from reactions',
    { a: 'users.id reactions.user_id', b: 'users.name reactions.emoji' },
    '',
  ],
  [
    'a star is all columns of all tables',
    'select * from users u, reactions r',
    {
      ...{ id: 'users.id', name: 'users.name', is_bot: 'users.is_bot', invited_by: 'users.invited_by' },
      ...{ message_id: 'reactions.message_id', user_id: 'reactions.user_id', emoji: 'reactions.emoji' },
    },
    '',
  ],
  [
    'a star of one table, less and with other values',
    'select u.* exclude (id, invited_by) replace (upper(name) || id as name) from users u, reactions',
    { name: 'users.name users.id', is_bot: 'users.is_bot' },
    '',
  ],
  [
    'the column of USING comes from both sides, and a star has it once',
    'select * from (select user_id, emoji from reactions) r left join (select user_id, chars from messages) m using (user_id)',
    { user_id: 'reactions.user_id messages.user_id', emoji: 'reactions.emoji', chars: 'messages.chars' },
    'reactions.user_id messages.user_id',
  ],
  [
    'a NATURAL join is one by the columns that both have',
    'select emoji, chars from reactions natural join (select user_id, chars from messages) m',
    { emoji: 'reactions.emoji', chars: 'messages.chars' },
    'reactions.user_id messages.user_id',
  ],
  [
    'a semi join chooses rows and gives no columns',
    'select * from reactions semi join users u on u.id = reactions.user_id and u.is_bot',
    { message_id: 'reactions.message_id', user_id: 'reactions.user_id', emoji: 'reactions.emoji' },
    'users.id reactions.user_id users.is_bot',
  ],
  [
    'an alias of an item before',
    'select chars * 2 as twice, twice + id as more from messages where twice > 3',
    { twice: 'messages.chars', more: 'messages.chars messages.id' },
    'messages.chars',
  ],
  [
    "a table's column goes before an alias of the same name",
    'select chars as id, id + 1 as next from messages',
    { id: 'messages.chars', next: 'messages.id' },
    '',
  ],
  [
    'window functions come from what they are computed over, in windows with a name too',
    `select sum(chars) over w as a, row_number() over (partition by chat_id order by sent_at) as b from messages
     window w as (partition by user_id)`,
    { a: 'messages.chars messages.user_id', b: 'messages.chat_id messages.sent_at' },
    '',
  ],
  [
    'what QUALIFY compares chooses rows',
    'select id from messages qualify row_number() over (partition by chat_id order by sent_at) = 1',
    { id: 'messages.id' },
    'messages.chat_id messages.sent_at',
  ],
  [
    'filters and orders inside of an aggregate are part of its value',
    "select count(*) filter (where is_bot) as a, string_agg(name, ',' order by id) as b from users",
    { a: 'users.is_bot', b: 'users.name users.id' },
    '',
  ],
  [
    'a correlated subquery gives its value, and its condition chooses its rows',
    'select (select max(m.chars) from messages m where m.user_id = u.id) as longest from users u',
    { longest: 'messages.chars' },
    'messages.user_id users.id',
  ],
  [
    'a name without table that the inner query has not is of the outer one',
    'select (select max(chars) from messages where user_id = invited_by) as longest from users',
    { longest: 'messages.chars' },
    'messages.user_id users.invited_by',
  ],
  [
    'of EXISTS the rows are the value',
    'select exists (select emoji from reactions r where r.message_id = m.id) as has from messages m',
    { has: 'reactions.message_id messages.id' },
    'reactions.message_id messages.id',
  ],
  [
    'IN compares a value with a column of another table',
    'select id from messages where user_id in (select id from users where is_bot)',
    { id: 'messages.id' },
    'users.id messages.user_id users.is_bot',
  ],
  [
    'a lateral subquery reads what stands before it',
    'select l.x from users u, lateral (select u.name || emoji as x from reactions r where r.user_id = u.id) l',
    { x: 'users.name reactions.emoji' },
    'reactions.user_id users.id',
  ],
  [
    'a recursive common table comes from both its parts',
    `with recursive up as (select id, invited_by, name as first from users union all
       select u.id, u.invited_by, up.first from users u join up on up.invited_by = u.id)
     select first, invited_by as top from up`,
    { first: 'users.name', top: 'users.invited_by' },
    'users.invited_by users.id',
  ],
  ['a series comes from nothing', 'select id + s.n as x from users, range(3) s(n)', { x: 'users.id' }, ''],
  ['a clock without brackets is no column', 'select current_date as d from users', { d: '' }, ''],
  [
    "a lambda's parameter is no column",
    'select list_transform([id], name -> name + chars) as x from messages',
    { x: 'messages.id messages.chars' },
    '',
  ],
  ['VALUES', "select a, b from (values (1, 'x')) v(a, b)", { a: '', b: '' }, ''],
  ['a row as a whole', 'select u from users u', { u: 'users.id users.name users.is_bot users.invited_by' }, ''],
])('%s', async (_, sql, columns, uses) => {
  expect(await lineageOf(sql)).toEqual({ columns, rest: undefined, uses });
});

test.each([
  ['a column that must be of the unknown table', 'select a from other', { a: 'other.a' }, undefined],
  [
    'one with the table named',
    'select o.a, u.name from other o, users u',
    { a: 'other.a', name: 'users.name' },
    undefined,
  ],
  ['a star of it', 'select * from other', {}, 'other.*'],
  ['a star of it and another', 'select id, o.* from users, other o', { id: 'users.id' }, 'other.*'],
  [
    'a name that may be of either of two unknown tables',
    'select x from other, another',
    { x: 'other.* another.*' },
    undefined,
  ],
  ['a name that a star of it may hold', 'select x from (select * from other)', { x: 'other.*' }, undefined],
  ['a table that another gave other names', 'select b from other as o(a, b)', { b: 'other.*' }, undefined],
  [
    'columns that a pattern chooses',
    "select columns('u.*') from users",
    {},
    'users.id users.name users.is_bot users.invited_by',
  ],
])('what is not known is said: %s', async (_, sql, columns, rest) => {
  expect(await lineageOf(sql)).toMatchObject({ columns, rest });
});

test('a name that no table has is said to come from all of them', async () => {
  expect((await lineageOf('select u.nothing, ghost from users u')).columns).toEqual({
    nothing: 'users.*',
    ghost: 'users.*',
  });
});
