import { afterAll, beforeAll, expect, test } from 'vitest';
import { openParser, type SqlParser } from '../../src/engines/duckdb/parse.js';
import { columnsRead } from '../../src/pipeline/columns-read.js';
import { statementNodes } from '../../src/pipeline/sql-tree.js';

let parser: SqlParser;
beforeAll(async () => {
  parser = await openParser();
});
afterAll(() => parser.close());

/** Of the tables m and u; `*` where a table counts as a whole. */
async function readBy(sql: string): Promise<readonly [string, string]> {
  const parsed = await parser.parse(sql);
  const statement = parsed.ok ? statementNodes(parsed.tree)[0] : undefined;
  if (statement === undefined) throw new Error(`not parsed: ${sql}`);
  const read = columnsRead(statement, ['m', 'u']);
  const text = (table: string) => read[table]?.join(' ') ?? '*';
  return [text('m'), text('u')];
}

test.each([
  ['a name without table counts for every table', 'select a from m, u', 'a', 'a'],
  // The aliases themselves could be columns that have fields.
  ['a name with its table for that one', 'select x.a, y.b from m x, u y where x.c > 1', 'a c x y', 'b x y'],
  ['in any case', 'select X.A from m x, U', 'a x', 'x'],
  [
    'conditions, groups, windows, filters, orders, subqueries and joins',
    `select sum(a) filter (where b) over (partition by c order by d), (select max(e) from u where f = g) from m
     where h in (select i from u) group by j having k > 1 qualify l = 1 order by n limit 3`,
    'a b c d e f g h i j k l n',
    'a b c d e f g h i j k l n',
  ],
  ['the condition of a join, and USING', 'select x.a from m x join u y on x.b = y.c', 'a b x y', 'c x y'],
  ['the columns of USING', 'select m.a from m join u using (b)', 'a b m', 'b m'],
  ['a star takes its own tables whole', 'select * from m where a in (select u.b from u)', '*', 'a b u'],
  ['a star with a table takes all of its SELECT', 'select x.* from m x, u y', '*', '*'],
  [
    'a star over a common table takes what that names',
    'with c as (select m.a from m) select * from c join (select u.b from u) d on true',
    'a m u',
    'b m u',
  ],
  ['a star over a star', 'with c as (select * from m) select a from c', '*', 'a'],
  ['a count of rows reads no column', 'select count(*) as n from m', '', ''],
  ['the row as a whole', 'select x from m x, u where u.a', '*', 'a u x'],
  ['a field of a column', 'select x.a.f, b.g from m x', 'a b f g x', 'a b f g x'],
  ['a column that is called as another table', 'select m.f from m, u', 'f m', 'm'],
  ['a series', 'select a from m, (select unnest(generate_series(1, 3)) as n) s', 'a', 'a'],
])('%s', async (_, sql, ofM, ofU) => {
  expect(await readBy(sql)).toEqual([ofM, ofU]);
});

test.each([
  ['columns that are given other names', 'select a from m as x(a, b)'],
  ['a natural join', 'select m.a from m natural join u'],
  ['columns by a pattern', "select columns('a.*') from m"],
  ['a star inside of an expression', 'select coalesce(columns(*)) from m'],
  ['a column by its place', 'select #1 from m'],
  ['the number of a row', 'select rowid, a from m'],
  ['a function that may read any table', "select a from query_table('m')"],
  ['a pivot', 'select * from m pivot (sum(b) for a in (1, 2))'],
])('all columns of all tables: %s', async (_, sql) => {
  expect(await readBy(sql)).toEqual(['*', '*']);
});
