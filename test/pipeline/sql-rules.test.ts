import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Dialect, Strategy } from '../../src/engines/contract.js';
import { openParser, type SqlParser } from '../../src/engines/duckdb/parse.js';
import { checkSqlRules } from '../../src/pipeline/sql-rules.js';
import type { Model } from '../../src/pipeline/types.js';
import { inspectTemplate } from '../../src/template/inspect.js';
import { stubDialect, stubEnvironment } from '../template/stub.js';

let parser: SqlParser;
beforeAll(async () => {
  parser = await openParser();
});
afterAll(() => parser.close());

interface Options {
  readonly path?: string;
  readonly overrides?: Readonly<Record<string, string>>;
  readonly dialect?: Dialect;
  readonly macros?: Readonly<Record<string, string>>;
}

/** The broken rules of a model's SQL as `severity? line:column: message`. */
async function brokenRules(strategy: Strategy, text: string, options: Options = {}): Promise<readonly string[]> {
  const { path = 'sql/m.sql', overrides = {}, dialect = parser.dialect, macros = {} } = options;
  const model = { name: 'm', strategy, sqlFile: 'sql/m.sql', sqlOverrides: overrides } as unknown as Model;
  const environment = { ...stubEnvironment({}, macros), dialect, timezone: 'UTC' };
  const inspected = inspectTemplate({ path, text }, environment);
  expect(inspected.problems).toEqual([]);
  const { problems } = await checkSqlRules(model, inspected, parser);
  return problems.map(({ severity, message, where }) => {
    const file = where?.path === path ? '' : `${where?.path}:`;
    return `${severity === 'error' ? '' : 'warning '}${file}${where?.line}:${where?.column}: ${message}`;
  });
}

const stored = 'in a stored model: a rebuild would give other rows';
const changedOnly = `over a delta, with strategy 'merge': it would see the changed rows only`;

test.each([
  ['a plain select', 'select a, b as c from {{ref "t"}} where d > {{as_of}}'],
  ['common tables', 'with x as (select * from {{ref "t"}}) select * from x'],
  ['a semicolon at the end', 'select * from {{ref "t"}};\n'],
  ['columns called as a clock in quotes', 'select "current_date", t.current_time, now from {{ref "t"}} t'],
  ['aggregates over whole tables', 'select a, count(*) from {{ref "t"}} group by a having count(*) > 1 limit 5'],
])('in a table, allowed: %s', async (_, text) => {
  expect(await brokenRules('table', text)).toEqual([]);
});

test.each([
  ['select now()', `1:8: 'now' ${stored}`],
  ["select '😀',\n  \tcurrent_timestamp as t", `2:4: 'current_timestamp' ${stored}`],
  ['select * from {{ref "t"}} where a < CURRENT_DATE', `1:37: 'current_date' ${stored}`],
  ['select * from {{ref "t"}} where a in (select today())', `1:46: 'today' ${stored}`],
  ['with x as (select localtimestamp as l) select * from x', `1:19: 'localtimestamp' ${stored}`],
  ['select age(a) from {{ref "t"}}', `1:8: 'age' ${stored}`],
  ['select random()', `1:8: 'random' ${stored}`],
  ['select {{to_text "uuid()"}}', `1:8: 'uuid' ${stored}`],
  [
    'select * from {{ref "t"}} using sample 10%',
    '1:33: a sample is another one each time: a rebuild would give other rows',
  ],
])('in a table, refused: %s', async (text, expected) => {
  expect(await brokenRules('table', text)).toEqual([expected]);
  expect(await brokenRules('view', text)).toEqual([]);
});

test.each([
  [
    'a row from each changed row',
    'select d.a, u.b from {{delta "t"}} d join {{ref "u"}} u using (c) where d.x order by 1',
  ],
  ['everything of it', 'select * from {{delta "t"}}'],
  [
    'an aggregate beside the delta',
    'select d.a, (select count(*) from {{ref "u"}} u where u.a = d.a) from {{delta "t"}} d',
  ],
  [
    'a join with an aggregate of a whole table',
    'select * from {{delta "t"}} d join (select a, max(b) as b from {{ref "u"}} group by a) u using (a)',
  ],
  [
    'a whole table, limited by the delta',
    'select a, count(*) from {{ref "t"}} where a in (select a from {{delta "t"}}) group by a',
  ],
  ['union all', 'select a from {{delta "t"}} where b union all select a from {{ref "u"}} where c'],
])('in a merge, allowed: %s', async (_, text) => {
  expect(await brokenRules('merge', text)).toEqual([]);
});

test.each([
  ['select a,\n  sum(b) from {{delta "t"}} group by a', `2:3: the aggregate 'sum' ${changedOnly}`],
  ['select count(*) from {{delta "t"}}', `1:8: the aggregate 'count' ${changedOnly}`],
  ['select {{average "b"}} from {{delta "t"}}', `1:8: the aggregate 'avg' ${changedOnly}`],
  ['select a, row_number() over (order by b) from {{delta "t"}}', `1:11: a window function ${changedOnly}`],
  ['select a from {{delta "t"}} qualify rank() over (order by b) = 1', `1:37: a window function ${changedOnly}`],
  ['select DISTINCT a from {{delta "t"}}', `1:8: DISTINCT ${changedOnly}`],
  ['select a from {{delta "t"}} group by a', `1:38: GROUP BY ${changedOnly}`],
  ['select a from {{delta "t"}}\nlimit 10', `2:1: LIMIT ${changedOnly}`],
  ['select a from {{delta "t"}} union select b from {{ref "u"}}', `1:29: UNION without ALL ${changedOnly}`],
  ['select max(a) from (select a from {{delta "t"}}) x', `1:8: the aggregate 'max' ${changedOnly}`],
  ['select * from (select max(a) as a from {{delta "t"}}) x', `1:23: the aggregate 'max' ${changedOnly}`],
  [
    'with X as (select * from {{delta "t"}}), y as (select * from x) select min(a) from y',
    `1:72: the aggregate 'min' ${changedOnly}`,
  ],
  ['with x as (select min(a) as a from {{delta "t"}}) select * from x', `1:19: the aggregate 'min' ${changedOnly}`],
  [
    'select count(u.b) from {{ref "u"}} u join {{delta "t"}} d on d.a = u.a',
    `1:8: the aggregate 'count' ${changedOnly}`,
  ],
])('in a merge, refused: %s', async (text, expected) => {
  expect(await brokenRules('merge', text)).toEqual([expected]);
  expect(await brokenRules('append', text)).toEqual([expected.replace("'merge'", "'append'")]);
  expect(await brokenRules('snapshot', text)).toEqual([expected.replace("'merge'", "'snapshot'")]);
  expect(await brokenRules('table', text)).toEqual([]);
});

test.each([
  ['select a from {{delta "t"}}\nunion all\nselect a from {{delta "t"}}', '3:15'],
  ['with d as (select a from {{delta "t"}})\nselect x.a from d x join d y on x.a = y.b', '2:26'],
  ['with d as (select a from {{delta "t"}})\nselect a from d where a not in (select a from {{delta "t"}})', '2:47'],
])('a delta is read once, as MySQL opens a temporary table once in a statement: %s', async (text, place) => {
  expect(await brokenRules('merge', text)).toEqual([`${place}: a model can read its delta in one place only`]);
});

test.each([
  ['select 1; select 2', '1:9: one SELECT is expected, here a second statement begins'],
  ['select 1;\ndrop table x', '1:9: one SELECT is expected'],
  ['\n  drop table x', '2:3: one SELECT is expected'],
  ['-- nothing\n', '1:1: the template holds no SQL; one SELECT is expected'],
  ['show tables', '1:1: one SELECT is expected'],
  ['select \'😀\',\n\ta,, b from {{ref "t"}}', '2:4: this SQL cannot be parsed: syntax error at or near ","'],
  ['select (1', '1:10: this SQL cannot be parsed: syntax error at end of input'],
  ['select a b {{delta "t"}}', '1:12: this SQL cannot be parsed: syntax error at or near "t"'],
])('not one SELECT: %s', async (text, expected) => {
  expect(await brokenRules('merge', text)).toEqual([expected]);
  expect(await brokenRules('view', text)).toEqual([expected]);
});

test("a broken rule in a macro points into the macro's file", async () => {
  const macros = { fresh: '-- age\nt > now()' };
  expect(await brokenRules('table', 'select 1 where {{> fresh}}', { macros })).toEqual([
    `sql/macros/fresh.sql:2:5: 'now' ${stored}`,
  ]);
});

test("another engine's override is not checked, the parser's own is", async () => {
  const text = 'select group_concat(a separator 1), now()';
  const overrides = { mysql: 'sql/m.mysql.sql', duckdb: 'sql/m.duckdb.sql' };
  expect(await brokenRules('table', text, { path: 'sql/m.mysql.sql', overrides })).toEqual([]);
  expect(await brokenRules('table', text, { path: 'sql/m.duckdb.sql', overrides })).toHaveLength(1);
});

test('for a warehouse of another engine, SQL is checked in the dialect of the parser; what it cannot parse is a warning', async () => {
  const dialect = { ...stubDialect, identifier: (name: string) => `\`${name}\`` } as Dialect;
  expect(await brokenRules('table', 'select {{hour_of "a"}} from {{ref "t"}}', { dialect })).toEqual([]);
  expect(await brokenRules('table', 'select now() from {{ref "t"}}', { dialect })).toEqual([`1:8: 'now' ${stored}`]);
  expect(await brokenRules('table', 'select a from {{ref "t"}} force index (b)', { dialect })).toEqual([
    'warning 1:33: this SQL cannot be parsed: syntax error at or near "index"',
  ]);
});

test('many texts are parsed at once, each answer at its place', async () => {
  const texts = Array.from({ length: 200 }, (_, index) => (index % 7 === 0 ? `select ${index},,` : `select ${index}`));
  const answers = await Promise.all(texts.map((text) => parser.parse(text)));
  expect(answers.map((answer) => answer.ok)).toEqual(texts.map((_, index) => index % 7 !== 0));
  expect(JSON.stringify(answers[8])).toContain('"value":8');
  expect(await parser.parseMany([])).toEqual([]);
});

test('offsets count UTF-16 units, in trees and in errors', async () => {
  const sql = "select '😀ё', nope(x)";
  const answer = await parser.parse(sql);
  expect(JSON.stringify(answer)).toContain(`"query_location":${sql.indexOf('nope')}`);
  expect(await parser.parse(`${sql} from from`)).toMatchObject({ ok: false, offset: `${sql} from `.length });
});
