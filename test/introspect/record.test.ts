import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatType, parseType } from '../../src/engines/type-text.js';
import type { ColumnType } from '../../src/engines/types.js';
import { readRecord } from '../../src/introspect/read-record.js';
import type { SourceRecord } from '../../src/introspect/record.js';
import { formatRecord } from '../../src/introspect/write-record.js';

const record: SourceRecord = {
  connection: 'oltp',
  tables: new Map([
    [
      'users',
      {
        comment: 'Who "writes": people, {bots}',
        key: ['id'],
        columns: [
          { name: 'id', type: { kind: 'integer', bits: 64, unsigned: true }, nullable: false, comment: '' },
          {
            name: 'on',
            type: { kind: 'decimal', precision: 18, scale: 2 },
            nullable: true,
            comment: 'in a\nline: # or two',
          },
        ],
      },
    ],
    ['chats', { comment: '', key: [], columns: [{ name: 'id', type: { kind: 'json' }, nullable: true, comment: '' }] }],
  ]),
  computed: new Map([
    [
      'bots',
      {
        query: { sql: 'select id\nfrom users', columns: [{ name: 'id', type: { kind: 'text' }, nullable: true }] },
        added: new Map([['n', { expression: "concat('a: ', id)", type: { kind: 'text', maxLength: 20 } as const }]]),
      },
    ],
  ]),
};

test('a record is read as it was written, and the order in which tables were looked at does not show', async () => {
  const root = await mkdtemp(join(tmpdir(), 'chat-etl-'));
  try {
    await mkdir(join(root, 'introspected'));
    const text = formatRecord(record);
    await writeFile(join(root, 'introspected/oltp.yaml'), text);
    const { record: found, problems } = await readRecord(root, 'oltp');
    expect(problems).toEqual([]);
    expect(found?.tables).toEqual(record.tables);
    expect(found?.computed).toMatchObject(record.computed);
    expect(formatRecord({ ...record, tables: new Map([...record.tables].reverse()) })).toBe(text);
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/schemas\/introspected\.schema\.json\n/);
  } finally {
    await rm(root, { recursive: true });
  }
});

test('every type is read as it was written, and what is none is none', () => {
  const types: readonly ColumnType[] = [
    ...(['boolean', 'float', 'double', 'text', 'binary', 'date', 'time', 'timestamp', 'json'] as const).map((kind) => ({
      kind,
    })),
    { kind: 'integer', bits: 8, unsigned: false },
    { kind: 'integer', bits: 64, unsigned: true },
    { kind: 'decimal', precision: 38, scale: 0 },
    { kind: 'text', maxLength: 255 },
  ];
  expect(types.map((type) => parseType(formatType(type)))).toEqual(types);
  expect(['bigint', 'integer(7)', 'decimal(3)', ''].map(parseType)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
