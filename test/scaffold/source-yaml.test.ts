import { expect, test } from 'vitest';
import { parseType } from '../../src/engines/type-text.js';
import type { Column } from '../../src/engines/types.js';
import { sourceYaml } from '../../src/scaffold/source-yaml.js';

const columns = (types: Readonly<Record<string, string>>): readonly Column[] =>
  Object.entries(types).map(([name, text]) => ({ name, type: parseType(text) ?? { kind: 'text' }, nullable: true }));

test('key, cursor, deletes and columns are what the table suggests', () => {
  const yaml = sourceYaml('members', {
    table: 'chat-members',
    key: ['chat_id', 'user_id'],
    columns: columns({
      chat_id: 'integer(64)',
      user_id: 'integer(64)',
      role: 'text(20)',
      about: 'text',
      avatar: 'binary',
      email: 'text(200)',
      created_at: 'timestamp',
      last_modified: 'timestamp',
      deleted_at: 'timestamp',
    }),
  });
  expect(yaml.split('\n')).toEqual([
    'members:',
    '  description: A row of chat-members.',
    '  table: "chat-members"',
    '  key: [chat_id, user_id]',
    '  incremental: { cursor: last_modified, lookback: 5m } # every change must set it; its table needs an index on it',
    '  deletes: { soft_column: deleted_at } # rows leave once it is set',
    '  columns: { exclude: [about, avatar, email] } # long or private: take out what the SQL needs',
    '  tests: [{ unique: [chat_id, user_id] }]',
  ]);
});

test('what the table does not tell is said, and nothing is promised', () => {
  const table = { table: 'log', key: [], columns: columns({ at: 'timestamp', line: 'text' }) };
  expect(sourceYaml('log', table, 'other')).toBe(`log:
  description: A row of log.
  connection: other
  table: log
  # key: the table has no primary key; without one it is read whole each time`);
  const guessed = sourceYaml('log', { ...table, columns: columns({ id: 'integer(64)', body: 'text', title: 'text' }) });
  expect(guessed).toContain('key: id # a guess');
  expect(guessed).toContain('# incremental:');
  expect(guessed).toContain('exclude: [body]');
  expect(guessed).not.toContain('deletes');
});
