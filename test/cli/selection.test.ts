import { expect, test } from 'vitest';
import { asOfFlag, selectionOf } from '../../src/cli/selection.js';
import type { Deletes, Project, Source } from '../../src/pipeline/types.js';

const project = {
  pipelines: [],
  sources: new Map(
    Object.entries<Deletes>({
      users: { policy: 'soft_column', column: 'deleted_at' },
      chats: { policy: 'soft_column', column: 'deleted_at', detectEveryMs: 1 },
      messages: { policy: 'detect', detectEveryMs: 1 },
    }).map(([name, deletes]) => [`stg_${name}`, { name, table: `stg_${name}`, deletes } as Source]),
  ),
} as unknown as Project;

test.each([
  [undefined, []],
  [[], ['stg_chats', 'stg_messages']],
  [['messages'], ['stg_messages']],
  [
    ['stg_chats', 'messages'],
    ['stg_chats', 'stg_messages'],
  ],
])('--detect %j looks for the deletes of %j', (detect, tables) => {
  expect(selectionOf({ fullRefresh: false, noDeps: false, detect }, project).detect).toEqual(tables);
});

test('--detect of a source that does not look for deletes is refused, so that nobody believes it has', () => {
  const flags = { fullRefresh: false, noDeps: false };
  expect(() => selectionOf({ ...flags, detect: ['users'] }, project)).toThrow(/'users' does not look for deletes/);
  expect(() => selectionOf({ ...flags, detect: ['user'] }, project)).toThrow(/no source is called 'user'/);
  const none = { ...project, sources: new Map() };
  expect(() => selectionOf({ ...flags, detect: [] }, none)).toThrow(/no source has/);
});

test.each([
  [undefined, undefined],
  ['2024-02-29', '2024-02-29 00:00:00'],
  ['2024-03-01 10:30', '2024-03-01 10:30:00'],
  ['2024-03-01T10:30:15', '2024-03-01 10:30:15'],
])('--as-of %s is %s', (text, value) => {
  expect(asOfFlag(text)).toBe(value);
});

test.each(['2024-02-30', 'yesterday', '2024-03-01 25:00', "2024-03-01'; drop table x"])(
  '--as-of %s is refused',
  (text) => {
    expect(() => asOfFlag(text)).toThrow(/is no point in time/);
  },
);
