import { expect, test } from 'vitest';
import { insertStep } from '../../src/scaffold/insert-step.js';

const step = 'new_one:\n  sql: new_one.sql\n  strategy: view';

test('a step comes last in its section, and every line that was there stays as it was', () => {
  const before = `pipeline: p # its name
models:
    # the first
    one: { sql:   one.sql, strategy: view } # aligned   by hand

    two:
        sql: two.sql
        description: >
            folded
            text
        strategy: view   # the last line

# after the models
sources:
    users: { table: users }
`;
  const after = insertStep(before, 'models', step);
  expect(after).toContain(`strategy: view   # the last line

    new_one:
      sql: new_one.sql
      strategy: view

# after the models
sources:`);
  const added = new Set(['    new_one:', '      sql: new_one.sql', '      strategy: view']);
  const kept = after?.split('\n').filter((line) => line !== '' && !added.has(line));
  expect(kept).toEqual(before.split('\n').filter((line) => line !== ''));
});

test.each([
  ['missing', 'pipeline: p\n', 'pipeline: p\n\nmodels:\n  new_one:\n'],
  ['empty', 'models: # none yet\npipeline: p\n', 'models: # none yet\n  new_one:\n'],
  ['at the end without a newline', 'models:\n  a: { sql: a.sql }', 'models:\n  a: { sql: a.sql }\n\n  new_one:\n'],
])('a section that is %s gets its first or next step', (_, before, start) => {
  expect(insertStep(before, 'models', step)?.slice(0, start.length)).toBe(start);
  expect(insertStep(before, 'models', step)).toMatch(/strategy: view\n/);
});

test('a section on one line is left to its writer', () => {
  expect(insertStep('models: { a: { sql: a.sql } }\n', 'models', step)).toBeUndefined();
});
