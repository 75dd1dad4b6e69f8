import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inspectTemplate } from '../../src/template/inspect.js';
import { lineText, sourceLineAt } from '../../src/template/lines.js';
import { locateSqlError } from '../../src/template/locate.js';
import { render, sourceOf, stubEnvironment } from './stub.js';

const environment = stubEnvironment(
  { bots: true, ids: [1, 2], zone: 'Europe/Berlin' },
  {
    human: '-- people\n  {{table}}.is_bot = {{to_text "flag"}}\n',
    twice: '{{> human table=t}} or {{> human table="z"}}',
  },
);

test.each([
  ['plain text', 'select a,\n  wanted\nfrom t', 'wanted', 'wanted\nfrom t'],
  ['after a helper', 'select {{date_key "a"}}, wanted', 'wanted', 'wanted'],
  ['what a helper wrote', 'x\n , {{ date_key (local_time "a") }} y', 'local_time', '{{ date_key (local_time "a") }} y'],
  ['right after it', 'x {{to_text "a"}}y', 'y', 'y'],
  ['CRLF and tabs', 'a\r\n\t{{to_text "b"}}\r\n\twanted c', 'wanted', 'wanted c'],
  ['emoji', "select '😀😀', wanted", 'wanted', 'wanted'],
  ['in a block', 'a\n{{#if bots}}\n  wanted\n{{else}}\n  b\n{{/if}}\nc', 'wanted', 'wanted\n{{else}}\n  b\n{{/if}}\nc'],
  ['after a block', 'a\n{{#if bots}}\n  b\n{{/if}}\nwanted', 'wanted', 'wanted'],
  ['beside ~', 'a   {{~to_text "b"~}}   \n wanted', 'wanted', 'wanted'],
  ['in a loop', '{{#each ids}} x{{this}} {{/each}}', '2', '{{this}} {{/each}}'],
  ['an escaped mustache', 'a \\{{x}} wanted', 'wanted', 'wanted'],
  ['after a comment', '{{!-- a\n b --}}\nwanted', 'wanted', 'wanted'],
  ['after a macro', 'a {{> human table="u"}} wanted', 'wanted', 'wanted'],
])('the place of %s', (_, text, word, expected) => {
  expect(sourceOf(word, text, environment)).toBe(expected);
});

test("a macro's text and its helpers have places in the macro's own file", () => {
  expect(sourceOf('is_bot', 'a\n  {{> human table="u"}}', environment)).toBe(`is_bot = {{to_text "flag"}}\n`);
  expect(sourceOf('to_text', 'a {{> human table="u"}}', environment)).toBe(`{{to_text "flag"}}\n`);
  expect(sourceOf('z', 'a {{> twice t="u"}}', environment)).toContain('{{table}}.is_bot');
  expect(sourceOf('or', 'a {{> twice t="u"}}', environment)).toBe(' or {{> human table="z"}}'.slice(1));
  const { sql, placeAt } = render('a\n  {{> human table="u"}}', environment);
  expect(placeAt(sql.indexOf('u.is_bot'))).toEqual({ path: 'sql/macros/human.sql', line: 2, column: 3 });
});

test('an indented call of a macro does not move the places in its lines', () => {
  const many = stubEnvironment({}, { many: 'a = 1\n  and wanted\n' });
  expect(sourceOf('wanted', 'where\n    {{> many}}\n', many)).toBe('wanted\n');
  expect(sourceOf('    a', 'where\n    {{> many}}\n', many)).toBe('    {{> many}}\n');
});

test('every character that a template and its SQL share maps to itself', () => {
  const piece = fc.constantFrom(
    'a',
    ' ',
    '\n',
    '\r\n',
    '\t',
    '😀',
    'ё',
    '{{to_text "q"}}',
    '{{#if bots}}',
    '{{/if}}',
    '{{~as_of}}',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = balanced(pieces)
        .map((each, index) => (each === 'a' ? `<${index}>` : each))
        .join('');
      const { sql, placeAt } = render(text, environment);
      for (const { index, 0: word } of sql.matchAll(/<\d+>/g)) {
        const { line, column } = placeAt(index);
        expect(lineText(text, line)?.slice(column - 1)).toMatch(new RegExp(`^${word}`));
        expect(placeAt(index + 1)).toMatchObject({ line, column: column + 1 });
      }
    }),
  );
});

/** Opens and closes blocks in pairs. */
function balanced(pieces: readonly string[]): readonly string[] {
  let open = 0;
  const result = pieces.filter((piece) => {
    if (piece === '{{#if bots}}') open++;
    if (piece !== '{{/if}}') return true;
    return open > 0 && open-- > 0;
  });
  return [...result, ...Array.from({ length: open }, () => '{{/if}}')];
}

test('an error of a database is placed by offset, else line and column, else name, else line', () => {
  const rendered = render('select \'😀\',\n  {{to_text "m.body"}},\n  u.name, m.body\nfrom {{ref "t"}}');
  const at = (error: object) => locateSqlError(rendered, error).where;
  expect(at({ position: rendered.sql.indexOf('u.name'), name: 'body' })).toEqual({
    path: 'sql/model.sql',
    line: 3,
    column: 3,
  });
  expect(at({ line: 3, column: 11 })).toEqual({ path: 'sql/model.sql', line: 3, column: 11 });
  expect(at({ name: 'm.body' })).toEqual({ path: 'sql/model.sql', line: 2, column: 3, about: true });
  expect(at({ name: 'm.body', line: 3 })).toEqual({ path: 'sql/model.sql', line: 3, column: 11, about: true });
  expect(at({ name: 'x.NAME' })).toEqual({ path: 'sql/model.sql', line: 3, column: 5, about: true });
  expect(at({ name: 'ody', line: 3 })).toEqual({ path: 'sql/model.sql', line: 3, column: 3, about: true });
  expect(at({})).toEqual({ path: 'sql/model.sql', line: 1, column: 1, about: true });
});

test('the source line of a place is found among the files at hand', () => {
  const texts = new Map([['a.sql', 'one\r\ntwo\n']]);
  expect(sourceLineAt({ path: 'a.sql', line: 1, column: 1 }, texts)).toBe('one');
  expect(sourceLineAt({ path: 'a.sql', line: 2, column: 1 }, texts)).toBe('two');
  expect(sourceLineAt({ path: 'b.sql', line: 1, column: 1 }, texts)).toBeUndefined();
});

test('each table is listed once with the place of its name, and a table used both ways is in both lists', () => {
  const text = 'select * from {{ref "b"}}\njoin {{delta "a"}} {{ref "a"}} {{ref "b"}} {{> human table=(ref "c")}}';
  const inspected = inspectTemplate({ path: 'x.sql', text }, { ...environment, timezone: 'UTC' });
  expect(inspected.refs).toEqual([
    { name: 'b', where: { path: 'x.sql', line: 1, column: 21 } },
    { name: 'a', where: { path: 'x.sql', line: 2, column: 26 } },
    { name: 'c', where: { path: 'x.sql', line: 2, column: 65 } },
  ]);
  expect(inspected.deltas).toEqual([{ name: 'a', where: { path: 'x.sql', line: 2, column: 14 } }]);
  expect(inspected).toMatchObject({ usesAsOf: false, problems: [] });
  expect(inspected.rendered?.sql).toContain('from "b"\njoin "a" "a" "b"');
});

test('references are found also where the template has mistakes', () => {
  const { refs, problems, rendered } = inspectTemplate(
    { path: 'x.sql', text: '{{ref "b"}} {{nope 1}}' },
    { ...environment, timezone: 'UTC' },
  );
  expect(refs.map((ref) => ref.name)).toEqual(['b']);
  expect(problems).toHaveLength(1);
  expect(rendered).toBeUndefined();
});
