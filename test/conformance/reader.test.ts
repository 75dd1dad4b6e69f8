/** A reader sees all, and the database itself lets it write nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ConnectionDefinition, Reader, Session } from '../../src/engines/contract.js';
import { loadEngine } from '../../src/engines/registry.js';
import { freshDatabase } from '../servers/database.js';
import { settings } from './targets.js';

const writes = [
  'insert into t values (2)',
  'update t set n = 3',
  'delete from t',
  'create table other (n int)',
  'create view v as select 1 as n',
  'alter table t add column m int',
  'drop table t',
];

/** What else of the outside a statement might touch. */
const further: Readonly<Record<string, readonly string[]>> = {
  duckdb: [
    "copy t to '/tmp/chat-etl-reader.csv'",
    "attach '/tmp/chat-etl-reader.duckdb' as o",
    'set enable_external_access = true',
  ],
  mysql: [
    'truncate table t',
    'rename table t to u',
    'create database chat_etl_reader',
    'start transaction read write; delete from t',
  ],
};

async function place(
  type: string,
): Promise<{ readonly connection: ConnectionDefinition; readonly drop: () => Promise<void> }> {
  if (type === 'mysql') {
    const { options, drop } = await freshDatabase('reader');
    return { connection: { name: 'olap', type, options, root: '.' }, drop };
  }
  const root = mkdtempSync(join(tmpdir(), 'chat-etl-reader-'));
  const drop = async () => rmSync(root, { recursive: true, force: true });
  return { connection: { name: 'olap', type, options: { path: 'olap.duckdb' }, root }, drop };
}

/** A warehouse with the table t of one row, opened to look at. */
async function withReader(type: string, work: (session: Session, reader: Reader) => Promise<void>): Promise<void> {
  const { connection, drop } = await place(type);
  const engine = await loadEngine(type);
  try {
    const warehouse = await engine.openWarehouse(connection, settings);
    const session = await warehouse.session();
    await session.execute('create table t (n int)');
    await session.execute('insert into t values (1)');
    await session.close();
    await warehouse.close();
    const reader = await engine.openReader(connection, settings);
    await work(reader.session, reader).finally(() => reader.close());
  } finally {
    await drop();
  }
}

describe.each(['duckdb', 'mysql'])('on %s', (type) => {
  test('a reader asks and describes, and every write is refused by the database', () =>
    withReader(type, async (session) => {
      expect(await session.query('select n from t')).toEqual([{ n: 1 }]);
      expect(await session.describe('select n from t')).toMatchObject([{ name: 'n', type: { kind: 'integer' } }]);
      expect((await session.columns('t'))?.columns.map(({ name }) => name)).toEqual(['n']);
      for (const statement of [...writes, ...(further[type] ?? [])]) {
        await expect(session.query(statement), statement).rejects.toThrow();
      }
      expect(await session.query('select n from t')).toEqual([{ n: 1 }]);
      expect([...(await session.relations())]).toEqual(['t']);
    }));

  test('a reader can keep rows that it alone sees, and can write no more afterwards than before', () =>
    withReader(type, async (session, { makingScratchTables }) => {
      const { dialect } = await loadEngine(type);
      const making = async (select: string) => {
        for (const statement of dialect.createScratchTableAs('kept', select)) await session.execute(statement);
      };
      await makingScratchTables(() => making('select n + 1 as n from t'));
      await expect(makingScratchTables(() => making('select n from nowhere'))).rejects.toThrow();
      for (const statement of writes) await expect(session.query(statement), statement).rejects.toThrow();
      expect([...(await session.relations())]).toEqual(['t']);
      await makingScratchTables(() => making('select n + 2 as n from t'));
      expect(await session.query(`select n from ${dialect.scratchTable('kept')}`)).toEqual([{ n: 3 }]);
    }));
});
