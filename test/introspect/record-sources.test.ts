import { expect, test } from 'vitest';
import { recordSources } from '../../src/introspect/record-sources.js';
import { sourceShape } from '../../src/introspect/source-columns.js';
import type { Source } from '../../src/pipeline/types.js';
import { mysqlSource } from '../extract/mysql-source.js';

const columns: Source['columns'] = {
  include: undefined,
  exclude: ['body'],
  rename: { user_id: 'sender' },
  add: { chars: 'char_length(body)' },
};
const messages = source({ name: 'messages', from: { table: 'messages' }, columns });
const ids = source({ name: 'ids', from: { query: 'select id from messages' } });

test('what a server is recorded to give is what its reads give, with keys and comments', async () => {
  await using lab = await mysqlSource();
  const { server, database } = lab;
  await server.query(
    `create table messages (part int not null, id bigint unsigned not null comment 'its number', user_id int, body varchar(40), primary key (id, part)) comment = 'what was said'`,
  );
  const record = await recordSources('oltp', database, [messages, ids]);
  expect(record.tables.get('messages')).toMatchObject({
    comment: 'what was said',
    key: ['id', 'part'],
    columns: [
      { name: 'part', nullable: false, comment: '' },
      { name: 'id', type: { kind: 'integer', bits: 64, unsigned: true }, comment: 'its number' },
      { name: 'user_id', nullable: true },
      { name: 'body', type: { kind: 'text', maxLength: 40 } },
    ],
  });
  for (const one of [messages, ids]) {
    const shape = sourceShape(one, 'oltp', record);
    const { from } = one;
    const read = await database.describe({
      table: 'table' in from ? from.table : undefined,
      query: 'query' in from ? from.query : undefined,
      columns: one.columns,
      key: [],
      cursor: undefined,
    });
    const namesAndTypes = (given: readonly { name: string; type: object }[]) =>
      given.map(({ name, type }) => ({ name, type }));
    expect(shape.isKnown && namesAndTypes(shape.columns)).toEqual(namesAndTypes(read));
  }
});

test('an expression that was not recorded as it is now has no type', async () => {
  const record = {
    connection: 'oltp',
    tables: new Map([['messages', { comment: '', key: [], columns: [] }]]),
    computed: new Map(),
  };
  expect(sourceShape(messages, 'oltp', record)).toMatchObject({ isKnown: false });
});

function source(parts: Pick<Source, 'name' | 'from'> & Partial<Source>): Source {
  return {
    columns: { include: undefined, exclude: [], rename: {}, add: {} },
    where: { path: 'p.yaml', line: 1, column: 1 },
    ...parts,
  } as Source;
}
