import { expect, test } from 'vitest';
import { mistakesIn, stubEnvironment } from './stub.js';

test.each([
  ['{{reff "x"}}', `1:3: no helper is called 'reff' (did you mean 'ref'?)`],
  ['{{date_key (locl_time "x")}}', `1:13: no helper is called 'locl_time' (did you mean 'local_time'?)`],
  ['{{sum x=1}}', `1:3: no helper is called 'sum' (SQL's own functions are written without {{…}})`],
  ['{{exclude_bot}}', `1:3: nothing is called 'exclude_bot' here (did you mean 'exclude_bots'?)`],
  ['{{#if exclude_bot}}x{{/if}}', `1:7: nothing is called 'exclude_bot' here (did you mean 'exclude_bots'?)`],
  ['{{activity}}', `1:3: 'activity' is no text, number or boolean`],
  ['{{date_of exclude_bots}}', `1:11: 'date_of' takes texts and numbers`],
  ['{{date_of}}', `1:1: 'date_of' takes 1 argument (timestamp), not 0`],
  ['{{add_days "x"}}', `1:1: 'add_days' takes 2 arguments (date, days), not 1`],
  ['{{as_of "x"}}', `1:1: 'as_of' takes 0 arguments, not 1`],
  ['{{ref "a" "b"}}', `1:1: 'ref' takes 1 argument (table), not 2`],
  ['{{ref 5}}', `1:7: 'ref' takes a table's name in quotes`],
  ['{{date_of "x" zone="UTC"}}', `1:15: 'date_of' takes no argument called 'zone'`],
  ['{{var "activity"}}', `1:7: 'activity' is a group of vars (one of: activity.high)`],
  ['{{var "none"}}', `1:7: the var 'none' is no list of values (SQL has no empty list)`],
  ['{{#iff a}}x{{/iff}}', `1:1: no block is called 'iff' (did you mean 'if'?)`],
  ['{{#if}}x{{/if}}', `1:1: 'if' takes 1 argument (value), not 0`],
  ['{{> humn}}', `1:1: no macro is called 'humn' (did you mean 'human'?)`],
  ['{{> human "x"}}', `1:1: a macro is called by its name, with named arguments ({{> name argument="value"}})`],
  ['{{> loop}}', `sql/macros/loop.sql:1:3: the macro 'loop' calls itself: loop -> loop`],
  [
    '{{> broken}}',
    `sql/macros/broken.sql:2:3: no helper is called 'x' (SQL's own functions are written without {{…}})`,
  ],
  [
    '{{#*inline "a"}}x{{/inline}}',
    '1:1: inline macros and macro blocks are not part of chat-etl (put a file into sql/macros)',
  ],
])('%s', (text, expected) => {
  const environment = stubEnvironment(
    { exclude_bots: true, activity: { high: 1 }, none: [] },
    { human: 'x', loop: 'a {{> loop}}', broken: '\n{{x 1}}' },
  );
  expect(mistakesIn(text, environment)).toEqual([expected]);
});

test.each([
  ['select {{ref "x" \nfrom {{ref "y"}} where', `1:8: this '{{' is not closed by '}}'`],
  ['select {{ref "x"', `1:8: this '{{' is not closed by '}}'`],
  ['select {{ref "x}} a\n{{ref "y"}}', '1:8: a quote is not closed in this {{…}}'],
  ['select {{ref "x', '1:8: a quote is not closed in this {{…}}'],
  ['a\n {{#if x}} b', `2:2: this block is not closed by '{{/if}}'`],
  ['{{#if x}}{{#each y}}{{/each}}', `1:1: this block is not closed by '{{/if}}'`],
  ['a {{#if x}} b {{/unless}}', `1:6: '{{#if}}' is closed by '{{/unless}}'`],
  ['a\n {{/if}}', '2:2: this closes a block that is not open'],
  ['{{else}}', '1:1: {{else}} can stand only once, and inside a block'],
  ['a {{ref "x" = }} b', `1:13: unexpected '=' in a {{…}}`],
  ['😀\r\n\t😀{{ }} b', `2:7: '}}' comes too early: a name or value is missing before it`],
  ['{{ref %}}\n{{ref "x"}}', `1:7: '%' cannot stand in a {{…}} (write SQL expressions in quotes)`],
  ['{{ref "x")}}', `1:10: unexpected ')' in a {{…}}`],
  ['{{b}', `1:1: this '{{' is not closed by '}}'`],
  ['x {{!-- abc', `1:3: this '{{' is not closed by '}}'`],
])('syntax: %s', (text, expected) => {
  expect(mistakesIn(text)).toEqual([expected]);
});

test('all mistakes that can be found are found at once, also where nothing is rendered', () => {
  const text = '{{#if off}}{{nope 1}}{{/if}}\n{{var "x"}} {{date_of}}\n{{> gone}} {{ref "ok"}}';
  expect(mistakesIn(text, stubEnvironment({ off: false }))).toEqual([
    `1:14: no helper is called 'nope' (SQL's own functions are written without {{…}})`,
    `2:7: there is no var 'x'`,
    `2:13: 'date_of' takes 1 argument (timestamp), not 0`,
    `3:1: no macro is called 'gone' (a macro is a file in sql/macros, e.g. sql/macros/gone.sql)`,
  ]);
});
