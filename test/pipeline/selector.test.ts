import { expect, test } from 'vitest';
import { matcherOf, parseSelector, type SelectorTerm } from '../../src/pipeline/selector.js';

const all = Number.POSITIVE_INFINITY;

function termsOf(expression: string): readonly (readonly Omit<SelectorTerm, 'where'>[])[] {
  return parseSelector('--select', expression).map((terms) => terms.map(({ where: _, ...term }) => term));
}

test.each([
  ['fact', [[{ method: 'name', pattern: 'fact', up: 0, down: 0 }]]],
  ['fact_*', [[{ method: 'name', pattern: 'fact_*', up: 0, down: 0 }]]],
  ['+fact', [[{ method: 'name', pattern: 'fact', up: all, down: 0 }]]],
  ['fact+', [[{ method: 'name', pattern: 'fact', up: 0, down: all }]]],
  ['2+fact', [[{ method: 'name', pattern: 'fact', up: 2, down: 0 }]]],
  ['fact+1', [[{ method: 'name', pattern: 'fact', up: 0, down: 1 }]]],
  ['10+fact+3', [[{ method: 'name', pattern: 'fact', up: 10, down: 3 }]]],
  ['0+fact', [[{ method: 'name', pattern: 'fact', up: 0, down: 0 }]]],
  ['+changed+', [[{ method: 'changed', pattern: '', up: all, down: all }]]],
  ['1+tag:daily', [[{ method: 'tag', pattern: 'daily', up: 1, down: 0 }]]],
  ['pipeline:facts', [[{ method: 'pipeline', pattern: 'facts', up: 0, down: 0 }]]],
  ['source:mess*+', [[{ method: 'source', pattern: 'mess*', up: 0, down: all }]]],
])('%s is read as one term', (expression, terms) => {
  expect(termsOf(expression)).toEqual(terms);
});

test('blanks separate alternatives, commas what must hold together, and each term knows its column', () => {
  const selector = parseSelector('--select', ' a,tag:b   +c ');
  expect(selector.map((terms) => terms.map(({ pattern, where }) => [pattern, where.column]))).toEqual([
    [
      ['a', 2],
      ['b', 4],
    ],
    [['c', 12]],
  ]);
});

test.each([
  ['', '--select: it is empty'],
  ['  ', '--select: it is empty'],
  ['a,', 'column 3: there is nothing on this side of the comma'],
  [',a', 'column 1: there is nothing on this side of the comma'],
  ['a, b', 'column 3: there is nothing on this side of the comma'],
  ['x +', "column 3: '+' names nothing"],
  ['a+b', "column 1: 'a+b' has a + in the middle"],
  ['x tga:daily', "column 3: there is no 'tga:'"],
  ['tag:', "column 1: 'tag:' lacks a name"],
])('%j is refused with the place of the mistake', (expression, message) => {
  expect(() => parseSelector('--select', expression)).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(message) }),
  );
});

test('a mistake names the flag, the expression and what was meant', () => {
  expect(() => parseSelector('--exclude', 'fact tga:x')).toThrow(
    expect.objectContaining({
      message: "--exclude 'fact tga:x', column 6: there is no 'tga:'",
      hint: "did you mean 'tag'?",
    }),
  );
});

test.each([
  ['fact_*', 'fact_message', true],
  ['fact_*', 'my_fact_message', false],
  ['fact', 'fact_message', false],
  ['?act', 'fact', true],
  ['f.ct', 'fact', false],
  ['(fact)', 'fact', false],
  ['*', 'anything', true],
])('the glob %s on %s: %s', (pattern, name, matches) => {
  expect(matcherOf(pattern)(name)).toBe(matches);
});
