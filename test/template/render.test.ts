import { expect, test } from 'vitest';
import { EtlError } from '../../src/errors.js';
import { mistakesIn, render, stubEnvironment } from './stub.js';

const vars = {
  activity: { low: 1, high: 50.5 },
  name: "o'clock",
  exclude_bots: true,
  strict: false,
  kinds: ['direct', 'group'],
  ids: [1, 2, 3],
  none: [],
  nothing: null,
};

test('tables, deltas, times and helpers are written by the context and the dialect', () => {
  const rendered = render(
    'select {{date_key "m.created_at"}}, {{as_of}}, {{as_of_date}} from {{delta "stg_m"}} m join {{ref "dim_user"}} u using (id)',
  );
  expect(rendered.sql).toBe(
    `select date_key(m.created_at), timestamp '2024-05-06 07:08:09', date_literal(2024-05-06) from "delta_stg_m" m join "dim_user" u using (id)`,
  );
  expect(rendered).toMatchObject({ refs: ['dim_user'], deltas: ['stg_m'], usesAsOf: true, vars: [], macros: [] });
});

test('helpers nest, and a time needs no brackets as an argument', () => {
  expect(render('{{date_key (local_time "x")}} {{date_key as_of}} {{add_days (date_of as_of) -7}}').sql).toBe(
    `date_key(local_time(x)) date_key(timestamp '2024-05-06 07:08:09') add_days(date_of(timestamp '2024-05-06 07:08:09'), -7)`,
  );
});

test('a var is a literal of SQL, whatever it holds', () => {
  const rendered = render(
    '{{var "activity.low"}} {{var "activity.high"}} {{var "name"}} {{var "exclude_bots"}} {{var "nothing"}} {{var "kinds"}} {{var "ids"}}',
    stubEnvironment(vars),
  );
  expect(rendered.sql).toBe(`1 50.5 'o''clock' true null ('direct', 'group') (1, 2, 3)`);
  expect(rendered.vars).toEqual(['activity.low', 'activity.high', 'name', 'exclude_bots', 'nothing', 'kinds', 'ids']);
});

test('vars steer blocks, and the ones that do are recorded', () => {
  const environment = stubEnvironment(vars);
  const rendered = render(
    'a{{#if exclude_bots}} b{{else}} c{{/if}}{{#unless strict}} d{{/unless}}{{#each kinds as |kind at|}} {{at}}={{kind}}{{/each}}{{#each ids}} {{this}}{{/each}}{{#with activity}} {{low}} {{@root.name}}{{/with}}',
    environment,
  );
  expect(rendered.sql).toBe(`a b d 0=direct 1=group 1 2 3 1 o'clock`);
  expect(rendered.vars).toEqual(['exclude_bots', 'strict', 'kinds', 'ids', 'activity', 'name']);
});

test('a macro gets its arguments and all vars, and may call another', () => {
  const environment = stubEnvironment(vars, {
    human: '{{#if exclude_bots}}{{> flag table=table}} = {{wanted}}{{/if}}',
    flag: '{{table}}.is_bot',
  });
  const rendered = render('where {{> human table="u" wanted=(var "strict")}} and 1', environment);
  expect(rendered.sql).toBe('where u.is_bot = false and 1');
  expect(rendered.macros).toEqual(['human', 'flag']);
});

test('an argument that may be left out is looked up', () => {
  const environment = stubEnvironment(vars, { people: 'x{{#if (lookup this "bots")}} or bots{{/if}}' });
  expect(render('{{> people}} {{> people bots="yes"}}', environment).sql).toBe('x x or bots');
});

test('text is not escaped', () => {
  expect(render('select \'<&"\' , {{to_text "a < b & c"}}').sql).toBe(`select '<&"' , to_text(a < b & c)`);
});

test('a semicolon at the end is taken off, and SQL may follow a last comment', () => {
  expect(render('select 1 ; \n').sql).toBe('select 1');
  expect(render('select 1; -- done\n').sql).toBe('select 1 -- done\n');
  expect(render("select ';--'").sql).toBe("select ';--'\n");
  expect(render('select 1 -- done').sql).toBe('select 1 -- done\n');
});

test('prototypes are out of reach', () => {
  expect(mistakesIn('{{constructor}} {{__proto__.x}} {{#if toString}}{{/if}}')).toEqual([
    `1:3: nothing is called 'constructor' here`,
    `1:19: nothing is called '__proto__.x' here`,
    `1:39: nothing is called 'toString' here`,
  ]);
  expect(mistakesIn('{{var "constructor.name"}}')).toEqual([`1:7: there is no var 'constructor.name'`]);
  expect(mistakesIn('{{var "toString"}}')).toEqual([`1:7: there is no var 'toString'`]);
});

test('rendering throws the first mistake with its place, source line and all others', () => {
  const text = 'select 1,\r\n\t{{dat_key "x"}} 😀 {{var "activity.hihg"}}';
  const thrown = catchError(() => render(text, stubEnvironment(vars)));
  expect(thrown).toMatchObject({
    code: 'DEFINITION',
    message: "no helper is called 'dat_key'",
    where: { path: 'sql/model.sql', line: 2, column: 4 },
    hint: "did you mean 'date_key'?",
  });
  expect(thrown.problems).toHaveLength(2);
  expect(thrown.problems[1]).toMatchObject({
    message: "there is no var 'activity.hihg'",
    where: { line: 2, column: 27 },
    sourceLine: '\t{{dat_key "x"}} 😀 {{var "activity.hihg"}}',
    hint: "did you mean 'activity.high'?",
  });
});

function catchError(work: () => unknown): EtlError {
  try {
    work();
  } catch (error) {
    if (error instanceof EtlError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
