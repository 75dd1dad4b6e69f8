import { expect, test } from 'vitest';
import type { Problem } from '../../src/errors.js';
import { formatProblems } from '../../src/report/problems.js';

function problem(path: string, line: number, column: number, message: string, more: Partial<Problem> = {}): Problem {
  return { severity: 'error', message, where: { path, line, column }, ...more };
}

test('problems are sorted by path and line and counted', () => {
  const text = formatProblems([
    problem('b.yaml', 2, 1, 'third'),
    problem('a.yaml', 10, 1, 'second', { severity: 'warning' }),
    problem('a.yaml', 9, 1, 'first'),
    { severity: 'error', message: 'placeless' },
  ]);
  expect(text).toBe(
    [
      'error: placeless',
      'a.yaml:9:1: error: first',
      'a.yaml:10:1: warning: second',
      'b.yaml:2:1: error: third',
      '3 errors, 1 warning',
    ].join('\n\n'),
  );
});

test('the caret stands under the column, after tabs and wide letters too', () => {
  const text = formatProblems([
    problem('a.yaml', 1, 5, 'here', { sourceLine: "\tж: 'x'", hint: 'do that' }),
    problem('a.yaml', 2, 300, 'far', { sourceLine: `${'x'.repeat(299)}!${'y'.repeat(400)}` }),
  ]);
  const [first = '', second = ''] = text.split('\n\n');
  expect(first).toBe("a.yaml:1:5: error: here\n    \tж: 'x'\n    \t   ^\n  hint: do that");
  const [, line = '', caret = ''] = second.split('\n');
  expect(line.charAt(caret.indexOf('^'))).toBe('!');
  expect(line.length).toBeLessThan(200);
});

test('no problems are no text', () => {
  expect(formatProblems([])).toBe('');
});
